import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the HTTP frame tells of its requests. */
export interface HttpMetrics {
  readonly inFlight: { set(requests: number): void };
  observe(method: string, route: string, status: number, seconds: number): void;
}

/** A registry with what Node tells of itself; others add their own to it. */
export const createRegistry = (): Registry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
};

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Duration by method, route template and status, and requests in flight. */
export const httpMetrics = (registry: Registry): HttpMetrics => {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the header of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests in flight', registers: [registry] });
  const series = new Map<string, { observe(seconds: number): void }>();
  return {
    inFlight,
    observe: (method, route, status, seconds) => {
      const shown = knownMethods.has(method) ? method : 'other';
      const name = `${shown} ${status} ${route}`;
      const known = series.get(name) ?? duration.labels(shown, route, String(status));
      series.set(name, known);
      known.observe(seconds);
    },
  };
};
