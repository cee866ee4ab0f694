import { JSONSchema } from 'class-validator-jsonschema';
import { type JsonSchema, type RuleOptions, rule } from '../input/rule.js';

// What only replies have. They are described by classes, as input is, and are checked against these by tests.

const isText = (value: unknown): boolean => typeof value === 'string';

export const IsText = (options?: RuleOptions): PropertyDecorator =>
  rule({ name: 'isText', message: 'must be a text', schema: { type: 'string' }, isValid: isText }, options);

/** Revision of the stream that the reply shows: the ETag without its quotes. */
export const IsRevision = (): PropertyDecorator =>
  rule({
    name: 'isRevision',
    message: 'must be a revision',
    schema: { type: 'string', pattern: '^[0-9]+$' },
    isValid: isText,
  });

/** Where something is, relative to the address that was asked. */
export const IsReference = (): PropertyDecorator =>
  rule({
    name: 'isReference',
    message: 'must be an address',
    schema: { type: 'string', format: 'uri-reference' },
    isValid: isText,
  });

/** Minor units of a currency, below zero for what is owed. */
export const IsSignedAmount = (): PropertyDecorator =>
  rule({
    name: 'isSignedAmount',
    message: 'must be a whole number',
    schema: { type: 'integer' },
    isValid: Number.isSafeInteger,
  });

/** An object with names of any kind, each with a value of this schema. */
export const IsMapOf = (schema: JsonSchema): PropertyDecorator =>
  rule({
    name: 'isMapOf',
    message: 'must be an object',
    schema: { type: 'object', additionalProperties: schema },
    isValid: (value) => typeof value === 'object',
  });

/** Words for people about a field. */
export const Described =
  (description: string): PropertyDecorator =>
  (prototype, key) =>
    JSONSchema({ description })(prototype, String(key));
