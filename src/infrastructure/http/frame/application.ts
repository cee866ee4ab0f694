import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import type { HttpMetrics } from '../../observability/metrics.js';
import { type ApiInfo, openApiRoute } from '../documentation/openapi.js';
import { Aborted } from '../input/json-body.js';
import { Admission } from './admission.js';
import { internalError, invalidField, notFound, Problem, unavailable } from './problem.js';
import { problemOf } from './problem-of.js';
import type { Route } from './route.js';
import { type RouteHandlerOptions, routeHandler } from './route-handler.js';
import { sendPieces } from './send-pieces.js';
import { beginTrace, type Trace } from './trace.js';
import { problemResponse, send } from './wire.js';

/** One line for each request: nothing that was sent is in it. */
export interface AccessRecord {
  readonly method: string;
  /** Template of the route, or `unmatched`. */
  readonly route: string;
  /** 499 when the sender went away before the answer. */
  readonly status: number;
  readonly ms: number;
  readonly traceId: string;
}

export interface ApplicationOptions extends Omit<RouteHandlerOptions, 'bodyTimeoutMs'> {
  readonly info: ApiInfo;
  /** 10 s unless told otherwise. */
  readonly bodyTimeoutMs?: number;
  /**
   * Pages and whatever else is served beside the API, asked after its routes and before its 405 and 404. Their responses
   * find the request's `Trace` in `response.locals.trace`; what they throw becomes a problem document.
   */
  readonly routers?: readonly Router[];
  /** Requests beyond what it lets in are answered 503 at once. */
  readonly admission?: Admission;
  /** Not told of requests that were shed: when there are too many, a line for each would make it worse. */
  readonly onAnswered?: (record: AccessRecord) => void;
  readonly onShed?: () => void;
  readonly metrics?: HttpMetrics;
}

export interface HttpApplication {
  /** For tests that look at the live routes. */
  readonly express: Express;
  /** What a server calls: the express application behind tracing, the access log and the limit on requests in flight. */
  readonly listener: RequestListener;
}

/** What is known of a request while it is answered. */
interface RequestContext {
  readonly trace: Trace;
  readonly startedAt: number;
  /** Template, or `unmatched`. */
  route: string;
}

/** What the parts of an application share. */
interface Frame {
  contextOf(request: IncomingMessage): RequestContext;
  fail(response: ServerResponse, error: unknown, context: RequestContext): void;
}

const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const notAllowed = (allow: string): Problem =>
  new Problem({
    status: 405,
    code: 'method_not_allowed',
    title: 'This address does not support the method',
    headers: { Allow: allow },
  });

const malformedPath = (): Problem => invalidField('path', 'path', 'malformed', 'must be percent-encoded UTF-8');

/** Path and query of a request's target (RFC 9112, section 3.2); `*` is left to OPTIONS. */
const originForm = (target: string): string | undefined => {
  if (target.startsWith('/') || target === '*') return target;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const { pathname, search } = new URL(target);
  return pathname + search;
};

/** The methods that a path answers to, as the header Allow names them (RFC 9110, section 10.2.1). */
const allowedByPath = (routes: readonly Route[]): ReadonlyMap<string, string> => {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of routes) {
    const known = methods.get(path) ?? new Set();
    known.add(method.toUpperCase());
    if (method === 'get') known.add('HEAD');
    methods.set(path, known.add('OPTIONS'));
  }
  return new Map([...methods].map(([path, names]) => [path, [...names].sort().join(', ')]));
};

const addRoutes = (app: Express, routes: readonly Route[], frame: Frame, options: RouteHandlerOptions): void => {
  for (const route of routes) {
    const handle = routeHandler(route, options);
    app[route.method](expressPath(route.path), async (request: Request, response: Response): Promise<void> => {
      const context = frame.contextOf(request);
      context.route = route.path;
      try {
        const { trace } = context;
        const answer = await handle(request, request.params, trace);
        if (answer.pieces === undefined) send(response, answer, trace.traceId);
        else await sendPieces(response, answer, answer.pieces, trace.traceId);
      } catch (error) {
        frame.fail(response, error, context);
      }
    });
  }
};

const addRouters = (app: Express, routers: readonly Router[], frame: Frame): void => {
  if (routers.length === 0) return;
  app.use((request: Request, response: Response, next: NextFunction): void => {
    const context = frame.contextOf(request);
    response.locals.trace = context.trace;
    response.setHeader('Trace-Id', context.trace.traceId);
    // Before the listener notes the request: only now is it known which route of a router has matched.
    response.prependOnceListener('close', () => {
      if (context.route !== 'unmatched' || request.route === undefined) return;
      context.route = request.baseUrl + request.route.path;
    });
    next();
  });
  app.use(...routers);
};

/** What is asked of a path with another method, of no path of ours, or went wrong on the way. */
const addRefusals = (app: Express, routes: readonly Route[], { contextOf, fail }: Frame): void => {
  for (const [path, allow] of allowedByPath(routes)) {
    app.route(expressPath(path)).all((request: Request, response: Response): void => {
      const context = contextOf(request);
      context.route = path;
      if (request.method !== 'OPTIONS') fail(response, notAllowed(allow), context);
      else send(response, { status: 204, headers: { Allow: allow }, body: '' }, context.trace.traceId);
    });
  }
  app.use((request: Request, response: Response): void => fail(response, notFound(), contextOf(request)));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    fail(response, error instanceof URIError ? malformedPath() : error, contextOf(request));
  });
};

/** The API as a table of routes says it, with its own description at `/openapi.json`. */
export const application = (table: readonly Route[], options: ApplicationOptions): HttpApplication => {
  const { admission = new Admission(), bodyTimeoutMs = 10_000, metrics, onAnswered, routers = [] } = options;
  const contexts = new WeakMap<IncomingMessage, RequestContext>();
  const contextOf = (request: IncomingMessage): RequestContext => {
    const context = contexts.get(request);
    if (context === undefined) throw new Error('a request came past the listener');
    return context;
  };
  const fail: Frame['fail'] = (response, error, { trace: { traceId } }) => {
    if (error instanceof Aborted) {
      response.destroy();
      return;
    }
    const problem = problemOf(error, options.problemOf);
    if (problem === undefined) options.onError(error, 'a request failed', traceId);
    send(response, problemResponse(problem ?? internalError(), traceId), traceId);
  };

  const routes = [...table, openApiRoute(table, options.info)];
  const app = express();
  app.disable('x-powered-by').enable('strict routing').enable('case sensitive routing');
  app.disable('etag').disable('query parser');
  addRoutes(app, routes, { contextOf, fail }, { ...options, bodyTimeoutMs });
  addRouters(app, routers, { contextOf, fail });
  addRefusals(app, routes, { contextOf, fail });

  const sheddable = new Set(
    routes.filter((one) => one.isSheddable).map(({ method, path }) => method.toUpperCase() + path),
  );
  const listener: RequestListener = (request, response) => {
    const { method = '' } = request;
    const context: RequestContext = {
      trace: beginTrace(request.headers.traceparent?.toString()),
      startedAt: performance.now(),
      route: 'unmatched',
    };
    contexts.set(request, context);
    const isAdmitted = admission.enter(sheddable.has(method + request.url));
    metrics?.inFlight.set(admission.inFlight);
    response.once('close', () => {
      admission.leave();
      metrics?.inFlight.set(admission.inFlight);
      const ms = performance.now() - context.startedAt;
      const status = response.writableFinished ? response.statusCode : 499;
      metrics?.observe(method, context.route, status, ms / 1000);
      if (!isAdmitted) options.onShed?.();
      else onAnswered?.({ method, route: context.route, status, ms, traceId: context.trace.traceId });
    });
    const address = originForm(request.url ?? '');
    if (!isAdmitted) fail(response, unavailable('overloaded', 'Too many requests at the moment'), context);
    else if (address === undefined) fail(response, malformedPath(), context);
    else {
      request.url = address;
      app(request, response);
    }
  };
  return { express: app, listener };
};
