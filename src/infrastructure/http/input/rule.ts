import { registerDecorator, type ValidationOptions } from 'class-validator';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One rule for the value of a field: its check, its words and its JSON Schema (2020-12) in one place. */
export interface Rule {
  /** In camelCase, as class-validator's own: `isName`. */
  readonly name: string;
  readonly schema: JsonSchema;
  /** What the field must be: `must be …`. */
  readonly message: string;
  fits(value: unknown): boolean;
  /** Brings a text into its one form before it is checked. */
  readonly normalise?: (text: string) => string;
  /** Parameters come as text: what to read them as. */
  readonly reads?: 'integer' | 'flag';
}

export interface RuleOptions {
  /** The field is a list, and the rule is for each entry; combine with `ListOf`. */
  readonly each?: boolean;
}

interface FieldRules {
  normalise?: (text: string) => string;
  reads?: 'integer' | 'flag';
}

const rulesByClass = new Map<unknown, Map<string, FieldRules>>();

/** What the rules of a class, and of the class that it extends, ask for before its fields are checked. */
export const preparationsOf = (target: unknown): ReadonlyMap<string, FieldRules> => {
  for (let type = target; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    const found = rulesByClass.get(type);
    if (found !== undefined) return found;
  }
  return new Map();
};

/** A property decorator for class-validator that also tells the schema of its field. */
export const ruled =
  (rule: Rule, { each = false }: RuleOptions = {}): PropertyDecorator =>
  (prototype, key) => {
    if (typeof key !== 'string') throw new TypeError('a field needs a name');
    const target = prototype.constructor;
    const fields = rulesByClass.get(target) ?? new Map(preparationsOf(target));
    const { normalise, reads } = rule;
    fields.set(key, { ...fields.get(key), ...(normalise && { normalise }), ...(reads && { reads }) });
    rulesByClass.set(target, fields);
    const options: ValidationOptions = { message: rule.message, each };
    registerDecorator({
      name: rule.name,
      target,
      propertyName: key,
      options,
      constraints: [rule],
      validator: { validate: (value: unknown) => rule.fits(value) },
    });
  };
