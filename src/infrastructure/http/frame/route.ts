import type { CommandContext } from '../../../application/command-context.js';
import type { PartitionPosition } from '../../../application/views/view-progress.js';
import { type Class, fieldsOf } from '../input/instance.js';
import type { EntityTags } from './entity-tag.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who may use a route. There is no default: a route that doesn't say is refused when the table is made. */
export type Policy = 'public' | 'operator';

export interface RouteRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly ifMatch?: EntityTags;
  readonly consistencyToken?: readonly PartitionPosition[];
  readonly caller: string;
  /** The command id follows from caller, route and Idempotency-Key where there is one; else it is new. */
  readonly context: CommandContext;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; a text or bytes go out as they are, with `contentType`. */
  readonly body?: unknown;
  /** In place of a body, for reads: a text that is made while it is sent, with `contentType`. */
  readonly pieces?: AsyncIterable<string>;
  readonly contentType?: string;
  readonly location?: string;
  /** Revision of the stream that the answer shows; `entityTag` quotes it. */
  readonly etag?: bigint | string;
  readonly retryAfterSeconds?: number;
  readonly consistencyToken?: readonly PartitionPosition[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a success looks like in the docs. */
export interface DocumentedReply {
  readonly description: string;
  /** A class with decorated fields; `text` for what isn't JSON; none for an answer without a body. */
  readonly body?: Class<object> | 'text';
  readonly contentType?: string;
  readonly example?: unknown;
  readonly headers?: readonly ('Location' | 'ETag' | 'Retry-After' | 'Consistency-Token')[];
}

/** A problem that has members beside those of all problems (RFC 9457, section 3.2). */
export interface ProblemWithMembers {
  readonly code: string;
  readonly members: Class<object>;
  readonly example: object;
}

export const problemWith = <Members extends object>(
  code: string,
  members: Class<Members>,
  example: Members,
): ProblemWithMembers => ({ code, members, example });

export type DocumentedProblem = string | ProblemWithMembers;

/** By status: successes described, problems as lists of their codes. */
export type DocumentedReplies = Readonly<Record<number, DocumentedReply | readonly DocumentedProblem[]>>;

export interface RouteDefinition<Params extends object, Query extends object, Body extends object> {
  readonly method: Method;
  /** With its parameters in braces: `/v1/orders/{orderId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly policy: Policy;
  readonly params?: Class<Params>;
  readonly query?: Class<Query>;
  readonly body?: Class<Body>;
  readonly bodyExample?: unknown;
  /** 16 KiB unless told otherwise. */
  readonly bodyLimitBytes?: number;
  /** Fields of the body that may hold a card number. */
  readonly takesCardData?: readonly string[];
  /** Whether the route needs an Idempotency-Key. */
  readonly idempotent: boolean;
  /** `false` for responses with secrets: only that there was one is stored, and the handler makes it again. */
  readonly storesResponse?: boolean;
  /** Shed first when the process is late: what it begins can be begun later, and what was begun is finished. */
  readonly isSheddable?: boolean;
  /** Without If-Match the answer is 428. */
  readonly needsIfMatch?: boolean;
  readonly responses: DocumentedReplies;
  /** @throws Problem for what is refused */
  handler(request: RouteRequest<Params, Query, Body>): Promise<Reply>;
}

/** A route with its types put away: what the table holds. */
export type Route = RouteDefinition<object, object, object>;

/** Nothing is expected here, and nothing is let in. */
export class Empty {}

const templateParams = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);

const check = ({ method, path, operationId, params, body, idempotent }: Route): void => {
  const wrong = (what: string): Error => new Error(`route ${operationId}: ${what}`);
  const named = templateParams(path);
  const declared = params === undefined ? [] : fieldsOf(params);
  if (named.length !== declared.length || !named.every((name) => declared.includes(name))) {
    throw wrong('the class of its parameters must declare those of its path, and no others');
  }
  if (method === 'get' && (body !== undefined || idempotent)) throw wrong('a read takes no body and no key');
};

/**
 * One route, typed by its classes.
 * @throws Error if the definition contradicts itself
 */
export const route = <Params extends object = Empty, Query extends object = Empty, Body extends object = Empty>(
  definition: RouteDefinition<Params, Query, Body>,
): Route => {
  check(definition);
  return definition;
};
