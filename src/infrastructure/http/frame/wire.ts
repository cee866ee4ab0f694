import type { ServerResponse } from 'node:http';
import type { KeptAnswer } from '../../../application/ports/answers.js';
import { consistencyHeader, encodeConsistencyToken } from './consistency-token.js';
import { type EntityTags, entityTag, matchesWeakly } from './entity-tag.js';
import { type Problem, problemContentType, problemDocument } from './problem.js';
import type { Reply } from './route.js';

/** On every answer of the API: nothing in it is ever a page. */
const always = [
  'X-Content-Type-Options',
  'nosniff',
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy',
  'no-referrer',
];

/** A handler's reply as it goes over the wire. */
export const answerOf = (reply: Reply): KeptAnswer => {
  const { status, body, contentType, location, etag, retryAfterSeconds, consistencyToken } = reply;
  const headers: Record<string, string> = { 'Cache-Control': etag === undefined ? 'no-store' : 'private, no-cache' };
  if (body !== undefined) headers['Content-Type'] = contentType ?? 'application/json';
  if (location !== undefined) headers.Location = location;
  if (etag !== undefined) headers.ETag = entityTag(etag);
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds);
  if (consistencyToken !== undefined) headers[consistencyHeader] = encodeConsistencyToken(consistencyToken);
  Object.assign(headers, reply.headers);
  const isText = typeof body === 'string' && contentType !== undefined;
  return { status, headers, body: body === undefined ? '' : isText ? body : JSON.stringify(body) };
};

export const problemAnswer = (problem: Problem, traceId: string): KeptAnswer => {
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
export const conditional = (answer: KeptAnswer, ifNoneMatch: EntityTags | undefined): KeptAnswer => {
  const { status, headers } = answer;
  if (ifNoneMatch === undefined || status !== 200 || headers.ETag === undefined) return answer;
  if (!matchesWeakly(ifNoneMatch, headers.ETag)) return answer;
  const { 'Content-Type': _type, ...others } = headers;
  return { status: 304, headers: others, body: '' };
};

/** Sends an answer in one write; a response that has begun already is cut off. */
export const send = (response: ServerResponse, answer: KeptAnswer, traceId: string): void => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = ['Trace-Id', traceId, ...always];
  for (const name in answer.headers) headers.push(name, answer.headers[name] ?? '');
  const hasNoBody = answer.status === 204 || answer.status === 304;
  if (!hasNoBody) headers.push('Content-Length', String(Buffer.byteLength(answer.body)));
  response.writeHead(answer.status, headers);
  response.end(hasNoBody || answer.body === '' ? undefined : answer.body);
};
