import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsDefined,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { FieldRegistry } from './field-registry.js';
import { type RuleOptions, rule } from './rule.js';

const controls = /\p{Cc}|\p{Zl}|\p{Zp}/u;
const letter = /\p{L}/u;

/** Length as people count it, in code points. */
const lengthOf = (text: string): number => (text.length < 2 ? text.length : [...text].length);

const isText = (value: unknown): value is string => typeof value === 'string';

/** A name of 1 to `maxCharacters`, at least one of them a letter; spaces around it are dropped. */
export const IsName = (maxCharacters: number, options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isName',
      message: `must be a text of 1 to ${maxCharacters} characters with a letter in it, without control characters`,
      schema: { type: 'string', minLength: 1, maxLength: maxCharacters },
      normalise: (text) => text.trim(),
      isValid: (value) =>
        isText(value) && letter.test(value) && lengthOf(value) <= maxCharacters && !controls.test(value),
    },
    options,
  );

/** A text of 1 to `maxCharacters` visible ASCII characters, such as a token or a cursor. */
export const IsToken = (maxCharacters: number, options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isToken',
      message: `must be a text of 1 to ${maxCharacters} letters, digits or . _ ~ -`,
      schema: { type: 'string', minLength: 1, maxLength: maxCharacters, pattern: '^[A-Za-z0-9._~-]+$' },
      isValid: (value) => isText(value) && value.length <= maxCharacters && /^[A-Za-z0-9._~-]+$/.test(value),
    },
    options,
  );

/** `minDigits` to `maxDigits` decimal digits, as a text. */
export const IsDigits = (minDigits: number, maxDigits: number, options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isDigits',
      message: `must be a text of ${minDigits} to ${maxDigits} digits`,
      schema: { type: 'string', pattern: `^[0-9]{${minDigits},${maxDigits}}$` },
      isValid: (value) =>
        isText(value) && value.length >= minDigits && value.length <= maxDigits && /^[0-9]+$/.test(value),
    },
    options,
  );

/** One of these texts. */
export const IsOneOf = (values: readonly string[], options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isOneOf',
      message: `must be one of ${values.join(', ')}`,
      schema: { type: 'string', enum: values },
      isValid: (value) => isText(value) && values.includes(value),
    },
    options,
  );

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A UUID of any version in its lower-case form (RFC 9562). */
export const IsUuid = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isUuid',
      message: 'must be a UUID in lower case',
      schema: { type: 'string', format: 'uuid', pattern: uuid.source },
      isValid: (value) => isText(value) && uuid.test(value),
    },
    options,
  );

const mailbox =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/;

/** An address of a mailbox (RFC 5321) of at most 254 characters; spaces around it are dropped. */
export const IsEmailAddress = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isEmailAddress',
      message: 'must be an email address of at most 254 characters',
      schema: { type: 'string', format: 'email', maxLength: 254 },
      normalise: (text) => text.trim(),
      isValid: (value) => isText(value) && value.length <= 254 && value.indexOf('@') <= 64 && mailbox.test(value),
    },
    options,
  );

/** 1 to 20 characters that name a seat: a letter among them, or two digits at most. */
export const IsSeatName = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isSeatName',
      message: 'must be a seat: 1 to 20 letters, digits, spaces or - . /, with a letter or at most two digits',
      schema: { type: 'string', minLength: 1, maxLength: 20 },
      normalise: (text) => text.trim(),
      isValid: (value) =>
        isText(value) && lengthOf(value) <= 20 && /^[\p{L}\p{Nd} ./-]+$/u.test(value) && isPlainSeat(value),
    },
    options,
  );

const isPlainSeat = (text: string): boolean => letter.test(text) || /^\p{Nd}{1,2}$/u.test(text);

/** A whole number between two bounds, both allowed. */
export const IsWholeNumber = (min: number, max: number, options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isWholeNumber',
      message: `must be a whole number from ${min} to ${max}`,
      schema: { type: 'integer', minimum: min, maximum: max },
      parseAs: 'integer',
      isValid: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
    },
    options,
  );

export const IsFlag = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isFlag',
      message: 'must be true or false',
      schema: { type: 'boolean' },
      parseAs: 'flag',
      isValid: (value) => typeof value === 'boolean',
    },
    options,
  );

/** The field may be left out; `null` is not the same as left out. */
export const Optional = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

const listFields = new FieldRegistry<true>();

export const isList = (type: unknown, field: string): boolean => listFields.get(type, field) === true;

export interface ListBounds {
  readonly min?: number;
  readonly max?: number;
  readonly unique?: boolean;
}

/** A list of `min` to `max` entries; the rule of its entries stands beside it with `each`. */
export const ListOf =
  ({ min, max, unique = false }: ListBounds = {}): PropertyDecorator =>
  (prototype, key) => {
    listFields.set(prototype.constructor, String(key), true);
    IsArray({ message: 'must be a list' })(prototype, key);
    if (min !== undefined) ArrayMinSize(min, { message: `must have at least ${min} entries` })(prototype, key);
    if (max !== undefined) ArrayMaxSize(max, { message: `must have at most ${max} entries` })(prototype, key);
    if (unique) ArrayUnique({ message: 'must not have the same entry twice' })(prototype, key);
  };

const nestedClasses = new FieldRegistry<() => new () => object>();

/** The class of an object within an object, or of each entry of a list. */
export const nestedClassOf = (type: unknown, field: string): (new () => object) | undefined =>
  nestedClasses.get(type, field)?.();

/** The field is an object of its own class, or with `ListOf` a list of them. */
export const Nested =
  (type: () => new () => object): PropertyDecorator =>
  (prototype, key) => {
    nestedClasses.set(prototype.constructor, String(key), type);
    // Without this, class-validator lets a missing object pass.
    IsDefined({ message: 'must be an object' })(prototype, key);
    ValidateNested({ message: 'must be an object' })(prototype, key);
  };
