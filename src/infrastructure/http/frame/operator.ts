import type { RequestListener } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Registry } from 'prom-client';
import { internalError, notFound } from './problem.js';
import { beginTrace } from './trace.js';
import { problemResponse, send } from './wire.js';

/** Ends if the dependency can do its work, and throws if not. */
export type ReadinessCheck = () => Promise<void>;

export interface OperatorOptions {
  /** By the name of what is needed. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  isDraining(): boolean;
  readonly registry: Registry;
  /** For each check; 1 s unless told otherwise. */
  readonly checkTimeoutMs?: number;
}

type CheckResult = { readonly status: 'ok' | 'failed' | 'timed out' };

const run = async (check: ReadinessCheck, timeoutMs: number): Promise<CheckResult> => {
  const { promise: late, resolve } = Promise.withResolvers<CheckResult>();
  const timer = setTimeout(() => resolve({ status: 'timed out' }), timeoutMs);
  try {
    return await Promise.race([check().then((): CheckResult => ({ status: 'ok' })), late]);
  } catch {
    return { status: 'failed' };
  } finally {
    clearTimeout(timer);
  }
};

/** For those who run the process, on a port of its own: `/livez`, `/readyz`, `/metrics`. */
export const operatorApplication = (options: OperatorOptions): RequestListener => {
  const { checks, isDraining, registry, checkTimeoutMs = 1_000 } = options;
  const reply = (response: Response, status: number, body: string, contentType: string): void => {
    const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store' };
    send(response, { status, headers, body }, beginTrace(undefined).traceId);
  };
  const app = express().disable('x-powered-by').disable('etag');

  app.get('/livez', (_request: Request, response: Response) =>
    reply(response, 200, '{"status":"ok"}', 'application/json'),
  );
  app.get('/readyz', async (_request: Request, response: Response) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await run(check, checkTimeoutMs)] as const),
    );
    const isReady = !isDraining() && results.every(([, { status }]) => status === 'ok');
    const status = isDraining() ? 'draining' : isReady ? 'ok' : 'not ready';
    const body = JSON.stringify({ status, checks: Object.fromEntries(results) });
    reply(response, isReady ? 200 : 503, body, 'application/json');
  });
  app.get('/metrics', async (_request: Request, response: Response) =>
    reply(response, 200, await registry.metrics(), registry.contentType),
  );
  app.use((_request: Request, response: Response) => {
    const { traceId } = beginTrace(undefined);
    send(response, problemResponse(notFound(), traceId), traceId);
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const { traceId } = beginTrace(undefined);
    send(response, problemResponse(internalError(), traceId), traceId);
  });
  return app;
};
