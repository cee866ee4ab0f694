import { registerDecorator, type ValidationOptions } from 'class-validator';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One rule for the value of a field: its check, its words and its JSON Schema (2020-12) in one place. */
export interface Rule {
  /** In camelCase, as class-validator's own: `isName`. */
  readonly name: string;
  readonly schema: JsonSchema;
  /** What the field must be: `must be …`. */
  readonly message: string;
  isValid(value: unknown): boolean;
  /** Brings a text into its one form before it is checked. */
  readonly normalise?: (text: string) => string;
  /** Parameters come as text: what to parse them as. */
  readonly parseAs?: 'integer' | 'flag';
}

export interface RuleOptions {
  /** The field is a list, and the rule is for each entry; combine with `ListOf`. */
  readonly each?: boolean;
}

type Conversions = Pick<Rule, 'normalise' | 'parseAs'>;

const conversionsByClass = new Map<unknown, Map<string, Conversions>>();

/** What the rules of a class, and of the class that it extends, do to a field's value before it is checked. */
export const conversionsOf = (target: unknown): ReadonlyMap<string, Conversions> => {
  for (let type = target; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    const found = conversionsByClass.get(type);
    if (found !== undefined) return found;
  }
  return new Map();
};

/** A property decorator for class-validator that also tells the schema of its field. */
export const rule =
  (definition: Rule, { each = false }: RuleOptions = {}): PropertyDecorator =>
  (prototype, key) => {
    if (typeof key !== 'string') throw new TypeError('a field needs a name');
    const target = prototype.constructor;
    const fields = conversionsByClass.get(target) ?? new Map(conversionsOf(target));
    const { name, message, normalise, parseAs } = definition;
    fields.set(key, { ...fields.get(key), ...(normalise && { normalise }), ...(parseAs && { parseAs }) });
    conversionsByClass.set(target, fields);
    const options: ValidationOptions = { message, each };
    registerDecorator({
      name,
      target,
      propertyName: key,
      options,
      constraints: [definition],
      validator: { validate: (value: unknown) => definition.isValid(value) },
    });
  };
