import { problemContentType } from '../frame/problem.js';
import type { DocumentedProblem, DocumentedReplies, Route } from '../frame/route.js';
import type { JsonSchema } from '../input/rule.js';
import { type ComponentSchemas, problemOf } from './component-schemas.js';

const text = { type: 'string' };

export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: text,
    status: { type: 'integer' },
    code: text,
    detail: text,
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'in', 'code', 'message'],
        properties: {
          field: text,
          in: { type: 'string', enum: ['body', 'query', 'path', 'header'] },
          code: text,
          message: text,
        },
      },
    },
  },
};

/** Problems that any route may give, by what it takes in. */
export const frameProblems = ({ method, idempotent, needsIfMatch, policy }: Route): DocumentedReplies => ({
  400: ['invalid_request', 'card_data_refused', ...(idempotent ? ['idempotency_key_missing'] : [])],
  ...(policy !== 'public' && { 403: ['forbidden'] }),
  // Those that take no body as well: one may be sent all the same.
  ...(method !== 'get' && {
    408: ['request_timeout'],
    413: ['body_too_large'],
    415: ['unsupported_media_type'],
  }),
  ...(idempotent && { 409: ['request_in_progress'], 422: ['idempotency_key_reused'] }),
  ...(needsIfMatch === true && { 412: ['precondition_failed'], 428: ['precondition_required'] }),
  500: ['internal_error'],
  503: ['overloaded', 'store_unavailable', 'outcome_unknown'],
});

export const replyHeaders: Readonly<Record<string, JsonSchema>> = {
  Location: { description: 'Where the thing is', schema: { type: 'string', format: 'uri-reference' } },
  ETag: { description: 'Revision, for If-Match and If-None-Match', schema: text },
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 0 } },
  'Consistency-Token': { description: 'Send it with a read that has to see this write', schema: text },
};

const headersOf = (...names: readonly string[]): JsonSchema =>
  names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, replyHeaders[name]])) };

const exampleOf = (status: number, problem: DocumentedProblem): JsonSchema => {
  const { code, example } = typeof problem === 'string' ? { code: problem, example: {} } : problem;
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const value = { ...example, type: `urn:boxoffice:problem:${code}`, title: code.replaceAll('_', ' '), status, code };
  return { value: { ...value, traceId } };
};

const codeOf = (problem: DocumentedProblem): string => (typeof problem === 'string' ? problem : problem.code);

export const problemReply = (
  status: number,
  problems: readonly DocumentedProblem[],
  schemas: ComponentSchemas,
): JsonSchema => {
  const plain = problems.filter((problem) => typeof problem === 'string');
  const others = problems.filter((problem) => typeof problem !== 'string').map((problem) => schemas.ofProblem(problem));
  const forms = [...(plain.length > 0 ? [problemOf(plain)] : []), ...others];
  return {
    description: `Problem: ${problems.map(codeOf).join(', ')}`,
    ...headersOf(
      ...([409, 429, 503].includes(status) ? ['Retry-After'] : []),
      // A decline and a payment that came too late are written too.
      ...([402, 409, 410].includes(status) ? ['Consistency-Token'] : []),
    ),
    content: {
      [problemContentType]: {
        schema: forms.length === 1 ? forms[0] : { oneOf: forms },
        examples: Object.fromEntries(problems.map((problem) => [codeOf(problem), exampleOf(status, problem)])),
      },
    },
  };
};
