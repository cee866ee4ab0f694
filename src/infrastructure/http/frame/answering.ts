import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { derivedId } from '../../../application/ids.js';
import { Overloaded } from '../../../application/mailbox.js';
import type { AnswerStore, KeptAnswer } from '../../../application/ports/answers.js';
import { OutcomeUnknown, StoreUnavailable } from '../../../application/ports/event-store.js';
import { answerOnce, readKey } from '../idempotency/idempotency.js';
import { scanInput } from '../input/input-scan.js';
import { type Class, readInstance } from '../input/instance.js';
import { checkContentType, hasBody, parseJson, readBody } from '../input/json-body.js';
import { readQuery } from '../input/parameters.js';
import { decodeConsistencyToken } from './consistency-token.js';
import { parseEntityTags } from './entity-tag.js';
import { type FieldError, invalidField, invalidRequest, Problem, unavailable } from './problem.js';
import { Nothing, type Policy, type Route, type RouteRequest } from './route.js';
import type { Trace } from './trace.js';
import { answerOf, conditional, problemAnswer } from './wire.js';

export interface AnsweringOptions {
  readonly answers: AnswerStore;
  /** 32 bytes that outlive a restart; what is kept of keys and requests is hashed with them. */
  readonly secret: Uint8Array;
  callerOf(request: IncomingMessage): string;
  /** Whether a caller may use routes of a policy; all but `public` is refused unless this allows it. */
  readonly mayUse?: (policy: Policy, caller: string) => boolean;
  /** Whole body after its header, in milliseconds. */
  readonly bodyTimeoutMs: number;
  /** What an error of the application is to the outside; what it leaves out is a 500. */
  readonly problemOf?: (error: unknown) => Problem | undefined;
  onError(error: unknown, what: string, traceId: string): void;
}

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

const readParams = (route: Route, plain: unknown): object =>
  route.params === undefined ? new Nothing() : read(route.params, plain, 'path');

const readQueryOf = (route: Route, url: string): object => {
  const parameters = readQuery(url);
  if (parameters.errors !== undefined) throw invalidRequest(parameters.errors);
  return read(route.query ?? Nothing, parameters.values, 'query');
};

const readBodyOf = async (
  route: Route,
  cardFields: ReadonlySet<string>,
  request: IncomingMessage,
  timeoutMs: number,
): Promise<object> => {
  if (!hasBody(request)) {
    if (route.body === undefined) return new Nothing();
    checkContentType(request);
    throw invalidField('body', 'body', 'required', 'must be sent');
  }
  if (route.method === 'get') throw invalidField('body', 'body', 'not_expected', 'must not be sent');
  checkContentType(request);
  const bytes = await readBody(request, { limitBytes: route.bodyLimitBytes ?? defaultBodyLimitBytes, timeoutMs });
  if (bytes.length === 0 && route.body === undefined) return new Nothing();
  return read(route.body ?? Nothing, parseJson(bytes), 'body', cardFields);
};

const single = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

const conditionsOf = (route: Route, request: IncomingMessage) => {
  const ifMatch = single(request, 'if-match');
  const token = single(request, 'consistency-token');
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

/** What an error is to the outside; `undefined` if no one foresaw it. */
export const problemOf = (error: unknown, options: Pick<AnsweringOptions, 'problemOf'>): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (error instanceof Overloaded) return unavailable('overloaded', 'Too many ask for the same at this moment');
  if (error instanceof StoreUnavailable) return unavailable('store_unavailable', 'The store can not take it now');
  if (error instanceof OutcomeUnknown) {
    return unavailable('outcome_unknown', 'It is not known yet whether this was kept: repeat it with the same key');
  }
  return options.problemOf?.(error);
};

export const internalError = (): Problem =>
  new Problem({ status: 500, code: 'internal_error', title: 'Something went wrong on our side' });

/** A request that was read and checked, known by its key or else by a new command id. */
export type CheckedRequest = Omit<RouteRequest<object, object, object>, 'context'> &
  ({ readonly key: string } | { readonly commandId: string });

export type OnceOptions = Pick<AnsweringOptions, 'answers' | 'secret' | 'problemOf' | 'onError'>;

/**
 * Runs the handler of a route once for each Idempotency-Key.
 * @throws Problem for a key that can't be taken now, and what the handler throws
 */
export const answeringOnce = (route: Route, options: OnceOptions) => {
  const template = `${route.method} ${route.path}`;
  const secret = Buffer.from(options.secret).toString('base64');

  const make = async (checked: CheckedRequest, commandId: string, trace: Trace): Promise<KeptAnswer> => {
    const { traceId, traceparent } = trace;
    const context = { commandId, correlationId: traceId, actor: checked.caller, traceparent };
    try {
      return answerOf(await route.handler({ ...checked, context }));
    } catch (error) {
      const problem = problemOf(error, options);
      if (problem === undefined) throw error;
      return problemAnswer(problem, traceId);
    }
  };

  return async (checked: CheckedRequest, trace: Trace): Promise<KeptAnswer> => {
    if ('commandId' in checked) return make(checked, checked.commandId, trace);
    const { caller, key, params, query, body } = checked;
    const commandId = derivedId(caller, template, JSON.stringify(params), key);
    const { answer, isReplay } = await answerOnce(
      options.answers,
      secret,
      { route, caller, key, params, query, body },
      () => make(checked, commandId, trace),
      (error) => options.onError(error, 'an answer could not be kept', trace.traceId),
    );
    if (!isReplay) return answer;
    return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } };
  };
};

/**
 * Answers the requests of one route: checks the input, then runs the handler once for each Idempotency-Key.
 * @throws Problem, Aborted, and what the handler throws
 */
export const answering = (route: Route, options: AnsweringOptions) => {
  const cardFields = new Set(route.takesCardData);
  const mayUse = options.mayUse ?? ((policy: Policy) => policy === 'public');
  const answer = answeringOnce(route, options);

  return async (message: IncomingMessage, plainParams: unknown, trace: Trace): Promise<KeptAnswer> => {
    const caller = options.callerOf(message);
    if (!mayUse(route.policy, caller)) {
      throw new Problem({ status: 403, code: 'forbidden', title: 'This is not yours to do' });
    }
    const params = readParams(route, plainParams);
    const query = readQueryOf(route, message.url ?? '');
    const key = route.idempotent ? readKey(single(message, 'idempotency-key')) : undefined;
    const body = await readBodyOf(route, cardFields, message, options.bodyTimeoutMs);
    const conditions = conditionsOf(route, message);
    const noneMatch = route.method === 'get' ? single(message, 'if-none-match') : undefined;
    const ifNoneMatch = noneMatch === undefined ? undefined : parseEntityTags('If-None-Match', noneMatch);
    const read = { params, query, body, caller, ...conditions };
    if (key === undefined) return conditional(await answer({ ...read, commandId: randomUUID() }, trace), ifNoneMatch);
    return answer({ ...read, key }, trace);
  };
};
