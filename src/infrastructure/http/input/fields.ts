import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsDefined,
  isEmail,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { charactersIn } from '../../../application/bounds.js';
import { FieldRegistry } from './field-registry.js';
import { type RuleOptions, rule } from './rule.js';

const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** Letters, digits, signs; not those of them that leave nothing to see, such as fillers and the blank of Braille. */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]/v;
/** What turns the direction of writing, or has no width. */
const hidden = '[\\p{Bidi_Control}\\u00ad\\u180e\\u200b-\\u200d\\u2060\\ufeff]';
const hiddenAtItsEnds = new RegExp(`^${hidden}|${hidden}$`, 'u');

const isText = (value: unknown): value is string => typeof value === 'string';

const isNameOf = (value: unknown, maxCharacters: number): boolean =>
  isText(value) &&
  visible.test(value) &&
  charactersIn(value) <= maxCharacters &&
  !controls.test(value) &&
  !hiddenAtItsEnds.test(value);

/** A name of 1 to `maxCharacters`, something to see among them; spaces around it are dropped. */
export const IsName = (maxCharacters: number, options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isName',
      message: `must be a text of 1 to ${maxCharacters} characters, one of them visible, without control characters and with no hidden ones at its ends`,
      schema: { type: 'string', minLength: 1, maxLength: maxCharacters },
      normalise: (text) => text.trim(),
      isValid: (value) => isNameOf(value, maxCharacters),
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

/** A UUID of any version (RFC 9562); letters are brought into lower case. */
export const IsUuid = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isUuid',
      message: 'must be a UUID',
      schema: { type: 'string', format: 'uuid' },
      normalise: (text) => text.toLowerCase(),
      isValid: (value) => isText(value) && uuid.test(value),
    },
    options,
  );

/** What most addresses look like; the full rules of the package take ten times as long. */
const plainMailbox = /^[A-Za-z0-9]+(?:[.+_-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}$/;

/** The package knows the letters of the basic plane only (RFC 6532 takes any): others are checked as one of these. */
const otherLetters = /[[\p{L}\p{M}\p{N}]&&[\u{10000}-\u{10ffff}]]/gv;

const isMailbox = (text: string): boolean =>
  (text.length <= 64 && plainMailbox.test(text)) || isEmail(text.replace(otherLetters, '\u4e00'));

/** An address of a mailbox of at most 254 characters, also of other alphabets (RFC 5321, 6531); spaces around it are dropped. */
export const IsEmailAddress = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isEmailAddress',
      message: 'must be an email address of at most 254 characters',
      schema: { type: 'string', format: 'idn-email', maxLength: 254 },
      normalise: (text) => text.trim(),
      isValid: (value) => isText(value) && charactersIn(value) <= 254 && !controls.test(value) && isMailbox(value),
    },
    options,
  );

const maxSeatCharacters = 40;

/** A seat's name in one form: full-width letters become plain ones, several spaces one. */
const seatOf = (text: string): string => text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ');

/** A name of 1 to 40 characters that a seat has. */
export const IsSeatName = (options?: RuleOptions): PropertyDecorator =>
  rule(
    {
      name: 'isSeatName',
      message: `must be a seat: 1 to ${maxSeatCharacters} characters, one of them visible`,
      schema: { type: 'string', minLength: 1, maxLength: maxSeatCharacters },
      normalise: seatOf,
      isValid: (value) => isNameOf(value, maxSeatCharacters),
    },
    options,
  );

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
