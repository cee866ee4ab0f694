import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import type { FieldError } from '../frame/problem.js';
import { isList, nestedClassOf } from './fields.js';
import { fits } from './fits.js';
import { childPath, shownName } from './input-scan.js';
import { preparationsOf } from './rule.js';

export type Class<T extends object> = new () => T;

const metadataOf = (type: unknown) =>
  typeof type === 'function' ? getMetadataStorage().getTargetValidationMetadatas(type, '', false, false) : [];

const fieldsByClass = new Map<unknown, readonly string[]>();

/** Names of the fields that a class declares by its decorators, in their order. */
export const fieldsOf = (type: unknown): readonly string[] => {
  const known = fieldsByClass.get(type);
  if (known !== undefined) return known;
  const fields = [...new Set(metadataOf(type).map(({ propertyName }) => propertyName))];
  fieldsByClass.set(type, fields);
  return fields;
};

export const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Reading {
  readonly place: FieldError['in'];
  readonly errors: FieldError[];
}

const readScalar = (value: unknown, reads: 'integer' | 'flag' | undefined): unknown => {
  if (typeof value !== 'string') return value;
  if (reads === 'integer') return /^-?(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
  if (reads === 'flag') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
};

/** class-validator takes a list where one object is declared: that is refused here. */
const nestedValue = (reading: Reading, type: Class<object>, value: unknown, path: string): unknown => {
  if (isPlainObject(value)) return filled(reading, type, value, path);
  if (Array.isArray(value)) {
    reading.errors.push({ field: path, in: reading.place, code: 'is_object', message: 'must be an object' });
    return undefined;
  }
  return value;
};

const nestedList = (reading: Reading, type: Class<object>, value: unknown, path: string): unknown =>
  Array.isArray(value) ? value.map((entry, index) => nestedValue(reading, type, entry, `${path}[${index}]`)) : value;

/** A fresh instance with the declared fields of a plain object; what else it has is told as an error. */
const filled = <T extends object>(
  reading: Reading,
  type: Class<T>,
  plain: Readonly<Record<string, unknown>>,
  path: string,
): T => {
  const fields = fieldsOf(type);
  for (const key of Object.keys(plain)) {
    if (fields.includes(key)) continue;
    const field = childPath(path, shownName(key));
    reading.errors.push({ field, in: reading.place, code: 'unknown_field', message: 'is not known here' });
  }
  const preparations = preparationsOf(type);
  const instance = new type();
  for (const field of fields) {
    if (!Object.hasOwn(plain, field)) continue;
    const nested = nestedClassOf(type, field);
    const { normalise, reads } = preparations.get(field) ?? {};
    let value = plain[field];
    if (nested !== undefined) {
      const read = isList(type, field) ? nestedList : nestedValue;
      value = read(reading, nested, value, childPath(path, field));
    } else if (reading.place !== 'body') value = readScalar(value, reads);
    if (normalise !== undefined) value = normalised(value, normalise);
    Reflect.set(instance, field, value);
  }
  return instance;
};

const normalised = (value: unknown, normalise: (text: string) => string): unknown => {
  if (typeof value === 'string') return normalise(value);
  return Array.isArray(value) ? value.map((entry) => (typeof entry === 'string' ? normalise(entry) : entry)) : value;
};

const codeOf = (constraint: string): string =>
  constraint.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

/** Which entries of a list break a rule for each entry; class-validator tells only that one does. */
const faultyEntries = ({ target, value, property }: ValidationError, constraint: string): readonly number[] => {
  if (!Array.isArray(value) || target === undefined) return [];
  const storage = getMetadataStorage();
  for (const metadata of metadataOf(target.constructor)) {
    if (metadata.propertyName !== property || !metadata.each) continue;
    const rule = storage.getTargetValidatorConstraints(metadata.constraintCls).find(({ name }) => name === constraint);
    if (rule === undefined) continue;
    const { constraints } = metadata;
    const given = { value, constraints, targetName: '', object: target, property };
    return value.flatMap((entry, index) => (rule.instance.validate(entry, given) === true ? [] : [index]));
  }
  return [];
};

const tell = (reading: Reading, faults: readonly ValidationError[], path: string): void => {
  for (const found of faults) {
    const isEntry = Array.isArray(found.target);
    const field = isEntry ? `${path}[${found.property}]` : childPath(path, found.property);
    const [constraint, message] = Object.entries(found.constraints ?? {})[0] ?? [];
    if (constraint !== undefined && message !== undefined) {
      const isMissing = found.value === undefined;
      const told = {
        in: reading.place,
        code: isMissing ? 'required' : codeOf(constraint),
        message: isMissing ? `is missing: ${message}` : message,
      };
      const entries = faultyEntries(found, constraint);
      if (entries.length === 0) reading.errors.push({ field, ...told });
      for (const index of entries) reading.errors.push({ field: `${field}[${index}]`, ...told });
    }
    tell(reading, found.children ?? [], field);
  }
};

export type Read<T> =
  | { readonly instance: T; readonly errors?: undefined }
  | { readonly errors: readonly FieldError[] };

/**
 * A validated instance of a class from a plain object that came from outside. Made afresh: nothing but declared fields
 * gets in, and objects only where the class declares one.
 */
export const readInstance = <T extends object>(type: Class<T>, plain: unknown, place: FieldError['in']): Read<T> => {
  if (!isPlainObject(plain)) {
    return { errors: [{ field: place, in: place, code: 'is_object', message: 'must be an object' }] };
  }
  const reading: Reading = { place, errors: [] };
  const instance = filled(reading, type, plain, '');
  if (fieldsOf(type).length > 0 && !fits(instance)) {
    tell(reading, validateSync(instance, { stopAtFirstError: true, forbidUnknownValues: true }), '');
  }
  return reading.errors.length > 0 ? { errors: reading.errors.slice(0, 20) } : { instance };
};
