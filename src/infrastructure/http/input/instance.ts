import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import type { FieldError } from '../frame/problem.js';
import { isList, nestedClassOf } from './fields.js';
import { childPath, printableName } from './input-scan.js';
import { isValid } from './is-valid.js';
import { type Conversions, conversionsOf } from './rule.js';

export type Class<T extends object> = new () => T;

const metadataOf = (type: unknown) =>
  typeof type === 'function' ? getMetadataStorage().getTargetValidationMetadatas(type, '', false, false) : [];

/** How a declared field is read. */
interface Field {
  readonly name: string;
  readonly nested: Class<object> | undefined;
  readonly isList: boolean;
  readonly conversions: Conversions;
}

const fieldsByClass = new Map<unknown, readonly Field[]>();

const fieldsIn = (type: unknown): readonly Field[] => {
  const known = fieldsByClass.get(type);
  if (known !== undefined) return known;
  const names = [...new Set(metadataOf(type).map(({ propertyName }) => propertyName))];
  const fields = names.map((name) => ({
    name,
    nested: nestedClassOf(type, name),
    isList: isList(type, name),
    conversions: conversionsOf(type, name),
  }));
  fieldsByClass.set(type, fields);
  return fields;
};

/** Names of the fields that a class declares by its decorators, in their order. */
export const fieldsOf = (type: unknown): readonly string[] => fieldsIn(type).map(({ name }) => name);

export const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was found wrong on the way through an input. */
interface InputReport {
  readonly place: FieldError['in'];
  readonly errors: FieldError[];
}

const parseScalar = (value: unknown, parseAs: 'integer' | 'flag' | undefined): unknown => {
  if (typeof value !== 'string') return value;
  if (parseAs === 'integer') return /^-?(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
  if (parseAs === 'flag') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
};

/** class-validator takes a list where one object is declared: that is refused here. */
const nestedValue = (report: InputReport, type: Class<object>, value: unknown, path: string): unknown => {
  if (isPlainObject(value)) return populate(report, type, value, path);
  if (Array.isArray(value)) {
    report.errors.push({ field: path, in: report.place, code: 'is_object', message: 'must be an object' });
    return undefined;
  }
  return value;
};

const nestedList = (report: InputReport, type: Class<object>, value: unknown, path: string): unknown =>
  Array.isArray(value) ? value.map((entry, index) => nestedValue(report, type, entry, `${path}[${index}]`)) : value;

/** A fresh instance with the declared fields of a plain object; what else it has is told as an error. */
const populate = <T extends object>(
  report: InputReport,
  type: Class<T>,
  plain: Readonly<Record<string, unknown>>,
  path: string,
): T => {
  const fields = fieldsIn(type);
  for (const key of Object.keys(plain)) {
    if (fields.some(({ name }) => name === key)) continue;
    const field = childPath(path, printableName(key));
    report.errors.push({ field, in: report.place, code: 'unknown_field', message: 'is not a known field' });
  }
  const instance = new type();
  for (const { name, nested, isList, conversions } of fields) {
    if (!Object.hasOwn(plain, name)) continue;
    let value = plain[name];
    if (nested !== undefined) {
      const read = isList ? nestedList : nestedValue;
      value = read(report, nested, value, childPath(path, name));
    } else if (report.place !== 'body') value = parseScalar(value, conversions.parseAs);
    if (conversions.normalise !== undefined) value = normalised(value, conversions.normalise);
    Reflect.set(instance, name, value);
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

const reportFaults = (report: InputReport, faults: readonly ValidationError[], path: string): void => {
  for (const found of faults) {
    const isEntry = Array.isArray(found.target);
    const field = isEntry ? `${path}[${found.property}]` : childPath(path, found.property);
    const [constraint, message] = Object.entries(found.constraints ?? {})[0] ?? [];
    if (constraint !== undefined && message !== undefined) {
      const isMissing = found.value === undefined;
      const fault = {
        in: report.place,
        code: isMissing ? 'required' : codeOf(constraint),
        message: isMissing ? `is missing: ${message}` : message,
      };
      const entries = faultyEntries(found, constraint);
      if (entries.length === 0) report.errors.push({ field, ...fault });
      for (const index of entries) report.errors.push({ field: `${field}[${index}]`, ...fault });
    }
    reportFaults(report, found.children ?? [], field);
  }
};

export type Instance<T> =
  | { readonly instance: T; readonly errors?: undefined }
  | { readonly errors: readonly FieldError[] };

/**
 * A validated instance of a class from a plain object that came from outside. Made afresh: nothing but declared fields
 * gets in, and objects only where the class declares one.
 */
export const readInstance = <T extends object>(
  type: Class<T>,
  plain: unknown,
  place: FieldError['in'],
): Instance<T> => {
  if (!isPlainObject(plain)) {
    return { errors: [{ field: place, in: place, code: 'is_object', message: 'must be an object' }] };
  }
  const report: InputReport = { place, errors: [] };
  const instance = populate(report, type, plain, '');
  if (fieldsIn(type).length > 0 && !isValid(instance)) {
    reportFaults(report, validateSync(instance, { stopAtFirstError: true, forbidUnknownValues: true }), '');
  }
  return report.errors.length > 0 ? { errors: report.errors.slice(0, 20) } : { instance };
};
