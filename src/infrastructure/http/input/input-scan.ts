import { maxAmountMinor } from '../../../application/bounds.js';
import type { FieldError } from '../frame/problem.js';
import { holdsCardNumber } from './card-number-scan.js';

const maxDepth = 20;
/** More fields at fault than this are not told one by one. */
const maxErrors = 20;
const maxNameLength = 64;
const plainName = /^[A-Za-z]{1,64}$/;
const dangerous = new Set(['__proto__', 'constructor', 'prototype']);

export const childPath = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** A name that a sender made up, fit to be shown: short, and nothing that could be a secret. */
export const printableName = (name: string): string => {
  if (plainName.test(name)) return name;
  if (holdsCardNumber(name) || !name.isWellFormed()) return '(hidden)';
  const printable = name.replaceAll(/\p{C}/gu, '\u{fffd}');
  return printable.length > maxNameLength ? `${printable.slice(0, maxNameLength)}…` : printable;
};

interface Scan {
  readonly place: FieldError['in'];
  /** Paths of fields that may hold a card number. */
  readonly cardFields: ReadonlySet<string>;
  readonly errors: FieldError[];
}

const noCardFields: ReadonlySet<string> = new Set();

const fault = ({ place, errors }: Scan, field: string, code: string, message: string): void => {
  errors.push({ field: field === '' ? place : field, in: place, code, message });
};

const scanText = (scan: Scan, text: string, path: string): void => {
  if (text.includes('\0')) fault(scan, path, 'nul_refused', 'must not contain NUL');
  else if (!text.isWellFormed()) fault(scan, path, 'lone_surrogate', 'must be well-formed Unicode');
  else if (!scan.cardFields.has(path) && holdsCardNumber(text)) {
    fault(scan, path, 'card_data_refused', 'must not contain a card number');
  }
};

const scanNumber = (scan: Scan, value: number, path: string): void => {
  if (!Number.isFinite(value)) fault(scan, path, 'not_representable', 'must be a number that can be kept exactly');
  else if (value > maxAmountMinor && holdsCardNumber(String(value))) {
    fault(scan, path, 'card_data_refused', 'must not contain a card number');
  }
};

const scanKey = (scan: Scan, key: string, path: string): boolean => {
  const before = scan.errors.length;
  if (dangerous.has(key)) fault(scan, childPath(path, key), 'name_refused', 'must not be sent');
  else if (key.includes('\0')) fault(scan, path, 'nul_refused', 'must not have names that contain NUL');
  else if (!key.isWellFormed()) fault(scan, path, 'lone_surrogate', 'must have well-formed names');
  else if (holdsCardNumber(key)) fault(scan, path, 'card_data_refused', 'must not contain a card number');
  return scan.errors.length === before;
};

const scanAny = (scan: Scan, value: unknown, path: string, depth: number): void => {
  if (scan.errors.length >= maxErrors) return;
  if (typeof value === 'string') scanText(scan, value, path);
  else if (typeof value === 'number') scanNumber(scan, value, path);
  else if (typeof value === 'object' && value !== null) {
    if (depth >= maxDepth) fault(scan, path, 'too_deep', `must not go deeper than ${maxDepth} levels`);
    else if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) scanAny(scan, entry, `${path}[${index}]`, depth + 1);
    } else {
      for (const [key, entry] of Object.entries(value)) {
        if (scanKey(scan, key, path)) scanAny(scan, entry, childPath(path, printableName(key)), depth + 1);
      }
    }
  }
};

/**
 * What is wrong with a parsed input whatever its fields mean: too deep, names that reach for the prototype, NUL, lone
 * surrogates, numbers that can't be kept, card numbers outside of the fields that take them.
 */
export const scanInput = (
  value: unknown,
  place: FieldError['in'],
  cardFields: ReadonlySet<string> = noCardFields,
): readonly FieldError[] => {
  const scan: Scan = { place, cardFields, errors: [] };
  scanAny(scan, value, '', 0);
  return scan.errors;
};
