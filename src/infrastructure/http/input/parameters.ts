import type { FieldError } from '../frame/problem.js';
import { printableName } from './input-scan.js';

const maxParameters = 50;

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

export type Parameters =
  | { readonly values: Readonly<Record<string, string>>; readonly errors?: undefined }
  | { readonly errors: readonly FieldError[] };

const none: Parameters = { values: {} };

/** The query of an address, each parameter once (WHATWG URL, application/x-www-form-urlencoded; but strict). */
export const readQuery = (url: string): Parameters => {
  const mark = url.indexOf('?');
  if (mark < 0 || mark === url.length - 1) return none;
  const values: Record<string, string> = Object.create(null);
  const errors: FieldError[] = [];
  const parts = url.slice(mark + 1).split('&');
  const fault = (field: string, code: string, message: string): void => {
    errors.push({ field, in: 'query', code, message });
  };
  if (parts.length > maxParameters) fault('query', 'too_many', `must have at most ${maxParameters} parameters`);
  for (const part of parts.slice(0, maxParameters)) {
    const equals = part.indexOf('=');
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    const value = decoded(equals < 0 ? '' : part.slice(equals + 1));
    if (name === undefined) fault('query', 'malformed', 'must be percent-encoded UTF-8');
    else if (value === undefined) fault(printableName(name), 'malformed', 'must be percent-encoded UTF-8');
    else if (Object.hasOwn(values, name)) fault(printableName(name), 'repeated', 'must be given once');
    else values[name] = value;
  }
  return errors.length > 0 ? { errors } : { values };
};
