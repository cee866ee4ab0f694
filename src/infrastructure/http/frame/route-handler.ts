import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { readKey } from '../idempotency/idempotency-key.js';
import { type RunOnceOptions, runOnce } from '../idempotency/run-once.js';
import { headerOf, readBodyOf, readConditions, readParamsOf, readQueryOf } from '../input/request.js';
import { parseEntityTags } from './entity-tag.js';
import { Problem } from './problem.js';
import type { Policy, Route } from './route.js';
import type { Trace } from './trace.js';
import { conditional, type HttpResponse } from './wire.js';

export interface RouteHandlerOptions extends RunOnceOptions {
  callerOf(request: IncomingMessage): string;
  /** Whether a caller may use routes of a policy; all but `public` is refused unless this allows it. */
  readonly mayUse?: (policy: Policy, caller: string) => boolean;
  /** Whole body after its header, in milliseconds. */
  readonly bodyTimeoutMs: number;
}

/**
 * Answers the requests of one route: checks the input, then runs the handler once for each Idempotency-Key.
 * @throws Problem, Aborted, and what the handler throws
 */
export const routeHandler = (route: Route, options: RouteHandlerOptions) => {
  const cardFields = new Set(route.takesCardData);
  const mayUse = options.mayUse ?? ((policy: Policy) => policy === 'public');
  const run = runOnce(route, options);

  return async (message: IncomingMessage, plainParams: unknown, trace: Trace): Promise<HttpResponse> => {
    const caller = options.callerOf(message);
    if (!mayUse(route.policy, caller)) {
      throw new Problem({ status: 403, code: 'forbidden', title: 'You may not do this' });
    }
    const params = readParamsOf(route, plainParams);
    const query = readQueryOf(route, message.url ?? '');
    const key = route.idempotent ? readKey(headerOf(message, 'idempotency-key')) : undefined;
    const body = await readBodyOf(route, cardFields, message, options.bodyTimeoutMs);
    const conditions = readConditions(route, message);
    const noneMatch = route.method === 'get' ? headerOf(message, 'if-none-match') : undefined;
    const ifNoneMatch = noneMatch === undefined ? undefined : parseEntityTags('If-None-Match', noneMatch);
    const request = { params, query, body, caller, ...conditions };
    if (key === undefined) return conditional(await run({ ...request, commandId: randomUUID() }, trace), ifNoneMatch);
    return run({ ...request, key }, trace);
  };
};
