/**
 * Shapes of event payloads: each declares in one place the TypeScript type, the check at the edge
 * and the JSON Schema (2020-12) that the docs show.
 */
export interface Shape<T> {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly isOptional: boolean;
  /** Says what is wrong with the value, naming the field, or gives undefined when it fits. */
  check(value: unknown, path: string): string | undefined;
  /** Carries the type for inference only; never set. */
  readonly of?: T;
}

export type Fields = Readonly<Record<string, Shape<unknown>>>;

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends ShapeType<F[K]> ? K : never;
}[keyof F];

export type ShapeType<S> = S extends Shape<infer T> ? T : never;

export type FieldsType<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ShapeType<F[K]>;
} & {
  readonly [K in OptionalKeys<F>]?: Exclude<ShapeType<F[K]>, undefined>;
};

const leaf = <T>(schema: Record<string, unknown>, expected: string, fits: (value: unknown) => boolean): Shape<T> => ({
  schema,
  isOptional: false,
  check: (value, path) => (fits(value) ? undefined : `${path} must be ${expected}`),
});

export const text: Shape<string> = leaf({ type: 'string' }, 'a text', (value) => typeof value === 'string');

export const flag: Shape<boolean> = leaf({ type: 'boolean' }, 'true or false', (value) => typeof value === 'boolean');

/** A safe integer of any sign. */
export const integer: Shape<number> = leaf({ type: 'integer' }, 'a whole number', Number.isSafeInteger);

/** A safe integer from zero up. */
export const count: Shape<number> = leaf(
  { type: 'integer', minimum: 0 },
  'a whole number from zero up',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

/** Milliseconds since the epoch, UTC. */
export const instant: Shape<number> = leaf(
  { type: 'integer', description: 'milliseconds since the epoch, UTC' },
  'a time in milliseconds since the epoch',
  Number.isSafeInteger,
);

export const oneOf = <const T extends string>(...values: readonly T[]): Shape<T> =>
  leaf({ type: 'string', enum: values }, `one of ${values.join(', ')}`, (value) => values.includes(value as T));

export const optional = <T>(shape: Shape<T>): Shape<T | undefined> => ({
  schema: shape.schema,
  isOptional: true,
  check: (value, path) => (value === undefined ? undefined : shape.check(value, path)),
});

export const listOf = <T>(item: Shape<T>): Shape<readonly T[]> => ({
  schema: { type: 'array', items: item.schema },
  isOptional: false,
  check: (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`;
    for (const [index, entry] of value.entries()) {
      const problem = item.check(entry, `${path}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
});

/** An object with these fields. Fields that it doesn't name are let pass: a newer writer may know more. */
export const object = <F extends Fields>(fields: F): Shape<FieldsType<F>> => {
  const entries = Object.entries(fields);
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, shape]) => [name, shape.schema])),
      required: entries.filter(([, shape]) => !shape.isOptional).map(([name]) => name),
    },
    isOptional: false,
    check: (value, path) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
      for (const [name, shape] of entries) {
        const problem = shape.check((value as Record<string, unknown>)[name], `${path}.${name}`);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
  };
};
