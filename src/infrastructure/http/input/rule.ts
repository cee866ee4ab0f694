import { registerDecorator, type ValidationOptions } from 'class-validator';
import { FieldRegistry } from './field-registry.js';

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

export type Conversions = Pick<Rule, 'normalise' | 'parseAs'>;

const conversions = new FieldRegistry<Conversions>();

/** What the rules of a field do to its value before it is checked. */
export const conversionsOf = (type: unknown, field: string): Conversions => conversions.get(type, field) ?? {};

/** A property decorator for class-validator that also tells the schema of its field. */
export const rule =
  (definition: Rule, { each = false }: RuleOptions = {}): PropertyDecorator =>
  (prototype, key) => {
    if (typeof key !== 'string') throw new TypeError('a field needs a name');
    const target = prototype.constructor;
    const { name, message, normalise, parseAs } = definition;
    const known = conversionsOf(target, key);
    conversions.set(target, key, { ...known, ...(normalise && { normalise }), ...(parseAs && { parseAs }) });
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
