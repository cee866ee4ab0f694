import type { CommandContext } from '../../../application/command-context.js';
import { CommandReused } from '../../../application/command-handler.js';
import { derivedId } from '../../../application/ids.js';
import { type ProblemOf, problemOf } from '../frame/problem-of.js';
import type { Route, RouteRequest } from '../frame/route.js';
import type { Trace } from '../frame/trace.js';
import { type HttpResponse, problemResponse, responseOf } from '../frame/wire.js';
import { keyedHash, keyReused, stillRunning } from './idempotency-key.js';
import type { IdempotencyStore } from './idempotency-store.js';

export interface RunOnceOptions {
  readonly idempotency: IdempotencyStore;
  /** 32 bytes that outlive a restart; what is kept of keys and requests is hashed with them. */
  readonly secret: Uint8Array;
  readonly problemOf?: ProblemOf;
  onError(error: unknown, what: string, traceId: string): void;
}

/** A request that was read and checked, known by its key or else by a new command id. */
export type CheckedRequest = Omit<RouteRequest<object, object, object>, 'context'> &
  ({ readonly key: string } | { readonly commandId: string });

type Command = Pick<CommandContext, 'commandId' | 'fingerprint'>;

/** 96 bits: events carry it, and it only has to tell the contents sent under one key apart. */
const fingerprintLength = 16;

type KeyedRequest = Extract<CheckedRequest, { readonly key: string }>;

/** What of a final outcome is kept: a condition, a limit, a fault or a conflict of the moment may be another next time. */
const isFinal = ({ status, headers }: HttpResponse): boolean =>
  status < 400 || ([402, 409, 410, 422].includes(status) && headers['Retry-After'] === undefined);

const asReplay = (response: HttpResponse): HttpResponse => ({
  ...response,
  headers: { ...response.headers, 'Idempotency-Replayed': 'true' },
});

/**
 * Runs the handler of a route once for each Idempotency-Key, and gives a repeat the first response again.
 * @throws Problem 422 for a key with other content, 409 while the first is still running; what the handler throws
 */
export const runOnce = (route: Route, options: RunOnceOptions) => {
  const { idempotency: store, onError } = options;
  const template = `${route.method} ${route.path}`;
  const secret = Buffer.from(options.secret).toString('base64');

  const handle = async (request: CheckedRequest, command: Command, trace: Trace): Promise<HttpResponse> => {
    const { traceId, traceparent } = trace;
    const context = { ...command, correlationId: traceId, actor: request.caller, traceparent };
    try {
      return responseOf(await route.handler({ ...request, context }));
    } catch (error) {
      const problem = problemOf(error, options.problemOf);
      // The key is another's: no response of its own is kept under it.
      if (problem === undefined || error instanceof CommandReused) throw problem ?? error;
      return problemResponse(problem, traceId);
    }
  };

  /** The claim ends with the handler; where the store can't be told of it, a repeat makes the response again. */
  const handleClaimed = async (
    request: KeyedRequest,
    { key, token }: { readonly key: string; readonly token: string },
    command: Command,
    trace: Trace,
  ): Promise<HttpResponse> => {
    const onLost = (error: unknown): void => onError(error, 'a response could not be stored', trace.traceId);
    let response: HttpResponse | undefined;
    try {
      response = await handle(request, command, trace);
      return response;
    } finally {
      if (response === undefined || !isFinal(response)) await store.release(key, token).catch(onLost);
      else {
        const kept = route.storesResponse === false ? { ...response, headers: {}, body: '' } : response;
        await store.complete(key, token, kept).catch(onLost);
      }
    }
  };

  return async (request: CheckedRequest, trace: Trace): Promise<HttpResponse> => {
    if ('commandId' in request) return handle(request, { commandId: request.commandId }, trace);
    const { caller, params, query, body } = request;
    const content = keyedHash(secret, [query, body]);
    const command = {
      commandId: derivedId(caller, template, JSON.stringify(params), request.key),
      fingerprint: content.slice(0, fingerprintLength),
    };
    const key = keyedHash(secret, [caller, route.method, route.path, params, request.key]);
    const claim = await store.claim(key, content);
    switch (claim.kind) {
      case 'new':
        return handleClaimed(request, { key, token: claim.token }, command, trace);
      case 'running':
        throw stillRunning();
      case 'other-request':
        throw keyReused();
      case 'done':
        return asReplay(route.storesResponse === false ? await handle(request, command, trace) : claim.response);
      default:
        return claim satisfies never;
    }
  };
};
