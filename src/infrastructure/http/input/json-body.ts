import type { IncomingMessage } from 'node:http';
import { invalidField, Problem } from '../frame/problem.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const jsonType = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;
/** What every number with a fraction or an exponent looks like, and few texts do: UUIDs have digits around an e. */
const fraction = /(?:^|[:,[\s])-?[0-9]+[.eE]/;
const [quote, colon, backslash] = [0x22, 0x3a, 0x5c];
const roundedAway = /\.\d*[1-9]|[eE]-/;

export interface BodyLimits {
  readonly limitBytes: number;
  /** From the first look at the body to its last byte. */
  readonly timeoutMs: number;
}

const tooLarge = (limitBytes: number): Problem =>
  new Problem({
    status: 413,
    code: 'body_too_large',
    title: 'The body is too large',
    errors: [{ field: 'body', in: 'body', code: 'too_large', message: `must have at most ${limitBytes} bytes` }],
  });

const tooSlow = (timeoutMs: number): Problem =>
  new Problem({
    status: 408,
    code: 'request_timeout',
    title: 'The request took too long to arrive',
    headers: { connection: 'close' },
    errors: [{ field: 'body', in: 'body', code: 'too_slow', message: `must arrive within ${timeoutMs / 1000} s` }],
  });

const unsupported = (field: string, message: string): Problem =>
  new Problem({
    status: 415,
    code: 'unsupported_media_type',
    title: 'The body must be plain JSON',
    headers: { accept: 'application/json' },
    errors: [{ field, in: 'header', code: 'unsupported', message }],
  });

/** The sender went away before the body was whole. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** @throws Problem 415 */
export const checkContentType = ({ headers }: IncomingMessage): void => {
  if (!jsonType.test(headers['content-type'] ?? '')) throw unsupported('Content-Type', 'must be application/json');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw unsupported('Content-Encoding', 'must be left out');
  }
};

/**
 * The whole body.
 * @throws Problem 413, 408; Aborted
 */
export const readBody = (request: IncomingMessage, { limitBytes, timeoutMs }: BodyLimits): Promise<Buffer> => {
  if (Number(request.headers['content-length']) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => settle(() => reject(tooSlow(timeoutMs))), timeoutMs);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > limitBytes) settle(() => reject(tooLarge(limitBytes)));
    };
    const onEnd = (): void => {
      const [only] = chunks;
      settle(() => resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)));
    };
    const onGone = (): void => settle(() => reject(new Aborted('the sender went away')));
    const settle = (tell: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      tell();
    };
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
};

const malformed = (message: string): Problem => invalidField('body', 'body', 'malformed', message);

/** A number that reads as a whole one only because its fraction was too fine to be kept is no number. */
const refuseRounded = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  Number.isInteger(value) && roundedAway.test(context?.source ?? '') ? Number.NaN : value;

/** Members of all objects in a JSON text: each has the one colon that stands outside of texts. */
const membersIn = (text: string): number => {
  let members = 0;
  let isText = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (isText && character === backslash) index++;
    else if (character === quote) isText = !isText;
    else if (character === colon && !isText) members++;
  }
  return members;
};

const colonsIn = (text: string): number => {
  let colons = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) colons++;
  return colons;
};

/** Members of all objects in what was made of it: of two with one name only the last is left. */
const membersOf = (value: unknown): number => {
  let members = 0;
  const open = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one !== 'object' || one === null) continue;
    const entries: readonly unknown[] = Object.values(one);
    if (!Array.isArray(one)) members += entries.length;
    for (const entry of entries) if (typeof entry === 'object') open.push(entry);
  }
  return members;
};

/**
 * Bytes as UTF-8 (RFC 3629) and JSON (RFC 8259).
 * @throws Problem 400
 */
export const parseJson = (bytes: Uint8Array): unknown => {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw malformed('must be UTF-8');
  }
  let value: unknown;
  try {
    value = fraction.test(text) ? JSON.parse(text, refuseRounded) : JSON.parse(text);
  } catch {
    throw malformed('must be JSON');
  }
  const members = membersOf(value);
  // Most texts have no colon within a text: then all of them are counted faster.
  if (colonsIn(text) !== members && membersIn(text) !== members)
    throw malformed('must not name a member of an object twice');
  return value;
};
