import type { ServerResponse } from 'node:http';
import { consistencyHeader, encodeConsistencyToken } from './consistency-token.js';
import { type EntityTags, entityTag, matchesWeakly } from './entity-tag.js';
import { type Problem, problemContentType, problemDocument } from './problem.js';
import type { Reply } from './route.js';
import { answerEarly } from './unread-body.js';

/** A response as it goes over the wire. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In place of the body: what is made while it is sent. */
  readonly pieces?: AsyncIterable<string>;
}

/** On every response of the API: nothing in it is ever a page. */
export const always = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Referrer-Policy', 'no-referrer'],
] as const;
const alwaysFlat = always.flat();

/** A handler's reply as it goes over the wire. */
export const responseOf = (reply: Reply): HttpResponse => {
  const { status, body, pieces, contentType, location, etag, retryAfterSeconds, consistencyToken } = reply;
  const headers: Record<string, string> = { 'Cache-Control': etag === undefined ? 'no-store' : 'private, no-cache' };
  if (body !== undefined || pieces !== undefined) headers['Content-Type'] = contentType ?? 'application/json';
  if (location !== undefined) headers.Location = location;
  if (etag !== undefined) headers.ETag = entityTag(etag);
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds);
  if (consistencyToken !== undefined) headers[consistencyHeader] = encodeConsistencyToken(consistencyToken);
  Object.assign(headers, reply.headers);
  const isText = typeof body === 'string' && contentType !== undefined;
  const text = body === undefined ? '' : isText ? body : JSON.stringify(body);
  return { status, headers, body: text, ...(pieces !== undefined && { pieces }) };
};

export const problemResponse = (problem: Problem, traceId: string): HttpResponse => {
  const { retryAfterSeconds, headers, consistencyToken } = problem.details;
  return {
    status: problem.status,
    headers: {
      'Content-Type': problemContentType,
      'Cache-Control': 'no-store',
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
      ...(consistencyToken !== undefined && { [consistencyHeader]: encodeConsistencyToken(consistencyToken) }),
      ...headers,
    },
    body: JSON.stringify(problemDocument(problem, traceId)),
  };
};

/** Turns a read into 304 where the reader has it already (RFC 9110, section 13.1.2). */
export const conditional = (response: HttpResponse, ifNoneMatch: EntityTags | undefined): HttpResponse => {
  const { status, headers } = response;
  if (ifNoneMatch === undefined || status !== 200 || headers.ETag === undefined) return response;
  if (!matchesWeakly(ifNoneMatch, headers.ETag)) return response;
  const { 'Content-Type': _type, ...others } = headers;
  return { status: 304, headers: others, body: '' };
};

/** Status and headers. */
export const beginResponse = (
  to: ServerResponse,
  status: number,
  headers: HttpResponse['headers'],
  traceId: string,
  bytes?: number,
): void => {
  answerEarly(to, headers.connection === 'close');
  const lines = ['Trace-Id', traceId, ...alwaysFlat];
  for (const name in headers) lines.push(name, headers[name] ?? '');
  if (bytes !== undefined) lines.push('Content-Length', String(bytes));
  to.writeHead(status, lines);
};

/** Sends a response in one write; one that has begun already is cut off. */
export const send = (to: ServerResponse, { status, headers, body }: HttpResponse, traceId: string): void => {
  if (to.headersSent) {
    to.destroy();
    return;
  }
  const hasNoBody = status === 204 || status === 304;
  beginResponse(to, status, headers, traceId, hasNoBody ? undefined : Buffer.byteLength(body));
  to.end(hasNoBody || body === '' ? undefined : body);
};
