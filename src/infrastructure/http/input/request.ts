import type { IncomingMessage } from 'node:http';
import { decodeConsistencyToken } from '../frame/consistency-token.js';
import { parseEntityTags } from '../frame/entity-tag.js';
import { type FieldError, invalidField, invalidRequest, Problem } from '../frame/problem.js';
import { Empty, type Route } from '../frame/route.js';
import { scanInput } from './input-scan.js';
import { type Class, readInstance } from './instance.js';
import { checkContentType, hasBody, parseJson, readBody } from './json-body.js';
import { readQuery } from './parameters.js';

const defaultBodyLimitBytes = 16_384;

const read = <T extends object>(
  type: Class<T>,
  plain: unknown,
  place: FieldError['in'],
  cardFields?: ReadonlySet<string>,
): T => {
  const found = scanInput(plain, place, cardFields);
  if (found.length > 0) throw invalidRequest(found);
  const result = readInstance(type, plain, place);
  if (result.errors !== undefined) throw invalidRequest(result.errors);
  return result.instance;
};

/** @throws Problem 400 */
export const readParamsOf = (route: Route, plain: unknown): object =>
  route.params === undefined ? new Empty() : read(route.params, plain, 'path');

/** @throws Problem 400 */
export const readQueryOf = (route: Route, url: string): object => {
  const parameters = readQuery(url);
  if (parameters.errors !== undefined) throw invalidRequest(parameters.errors);
  return read(route.query ?? Empty, parameters.values, 'query');
};

/** @throws Problem 400, 408, 413, 415; Aborted */
export const readBodyOf = async (
  route: Route,
  cardFields: ReadonlySet<string>,
  request: IncomingMessage,
  timeoutMs: number,
): Promise<object> => {
  if (!hasBody(request)) {
    if (route.body === undefined) return new Empty();
    checkContentType(request);
    throw invalidField('body', 'body', 'required', 'must be sent');
  }
  if (route.method === 'get') throw invalidField('body', 'body', 'not_expected', 'must not be sent');
  checkContentType(request);
  const bytes = await readBody(request, { limitBytes: route.bodyLimitBytes ?? defaultBodyLimitBytes, timeoutMs });
  if (bytes.length === 0 && route.body === undefined) return new Empty();
  return read(route.body ?? Empty, parseJson(bytes), 'body', cardFields);
};

export const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

/** If-Match and Consistency-Token, where they are sent. @throws Problem 400, 428 */
export const readConditions = (route: Route, request: IncomingMessage) => {
  const ifMatch = headerOf(request, 'if-match');
  const token = headerOf(request, 'consistency-token');
  if (ifMatch === undefined && route.needsIfMatch === true) {
    throw new Problem({
      status: 428,
      code: 'precondition_required',
      title: 'Say which revision you want to change',
      errors: [
        { field: 'If-Match', in: 'header', code: 'required', message: 'must carry the ETag that you have read' },
      ],
    });
  }
  return {
    ...(ifMatch !== undefined && { ifMatch: parseEntityTags('If-Match', ifMatch) }),
    ...(token !== undefined && { consistencyToken: decodeConsistencyToken(token) }),
  };
};
