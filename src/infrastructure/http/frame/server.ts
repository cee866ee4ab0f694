import { createServer as createHttpServer, type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { AccessRecord } from './application.js';
import { Problem, problemContentType, problemDocument } from './problem.js';
import { beginTrace } from './trace.js';
import { closeLater, isAnswered } from './unread-body.js';
import { always, problemResponse, send } from './wire.js';

export interface ServerOptions {
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** For the header of a request; 10 s. */
  readonly headersTimeoutMs?: number;
  /** For a whole request; 15 s. */
  readonly requestTimeoutMs?: number;
  /** How long a connection may stay without a request; 65 s, longer than the balancers in front keep theirs. */
  readonly keepAliveTimeoutMs?: number;
  /** How often the two limits above are looked at. */
  readonly checkEveryMs?: number;
  readonly maxHeaderBytes?: number;
  readonly maxRequestsPerConnection?: number;
  /** Open at a time; more are closed at once, so that files stay left for the stores. 15,000 unless told otherwise. */
  readonly maxConnections?: number;
  /** Whether a Host header means this server; any does unless told otherwise. */
  readonly isOwnHost?: (host: string) => boolean;
  /** Told of what no listener was asked, for the access log. */
  readonly onRefused?: (record: AccessRecord) => void;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, finishes those in flight, and cuts off what is left after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
}

const malformed = (): Problem =>
  new Problem({ status: 400, code: 'malformed_http', title: 'The request is not valid HTTP' });

/** HTTP/1.0 knows no Host; several come joined (RFC 9112, section 3.2). */
const problemOfHost = (
  { headers: { host }, httpVersion }: IncomingMessage,
  isOwnHost: (host: string) => boolean,
): Problem | undefined => {
  if (host === undefined ? httpVersion !== '1.0' : host.includes(',')) return malformed();
  if (host === undefined || isOwnHost(host)) return undefined;
  return new Problem({
    status: 421,
    code: 'misdirected_request',
    title: 'This server does not serve the host that was asked for',
  });
};

const problemOfClientError = (code: string | undefined): Problem => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem({ status: 408, code: 'request_timeout', title: 'The request took too long to arrive' });
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem({ status: 431, code: 'headers_too_large', title: 'The headers are too large' });
  }
  return malformed();
};

/** What can't even be read as a request gets a problem too, and its connection ends. */
const refuse = (
  error: NodeJS.ErrnoException,
  socket: Socket,
  onRefused: (problem: Problem, traceId: string) => void,
): void => {
  // Each further piece of what can't be read is an error again.
  if (isAnswered(socket) && !socket.writable && error.code?.startsWith('HPE_') === true) return;
  if (isAnswered(socket) || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = problemOfClientError(error.code);
  const { traceId } = beginTrace(undefined);
  const body = JSON.stringify(problemDocument(problem, traceId));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Trace-Id: ${traceId}`,
    'Cache-Control: no-store',
    ...always.map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  closeLater(socket);
  // Of a sender who went away in the middle of a request that request tells.
  if (error.code !== 'HPE_INVALID_EOF_STATE') onRefused(problem, traceId);
};

/** Of a rush, before the system lets connections wait for seconds; Linux allows no more unless told otherwise. */
const backlog = 4_096;

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null;

/**
 * Listens.
 * @throws Error if the address is taken
 */
export const createServer = async (listener: RequestListener, options: ServerOptions): Promise<RunningServer> => {
  const { host = '127.0.0.1', port, headersTimeoutMs = 10_000, requestTimeoutMs = 15_000 } = options;
  const { isOwnHost = () => true, onRefused } = options;
  let isDraining = false;
  let goodHost: string | undefined = '';
  const tell = ({ status }: Problem, traceId: string, method = 'unknown'): void =>
    onRefused?.({ method, route: 'unmatched', status, ms: 0, traceId });
  const server = createHttpServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs ?? 65_000,
      connectionsCheckingInterval: options.checkEveryMs ?? 1_000,
      maxHeaderSize: options.maxHeaderBytes ?? 16_384,
      noDelay: true,
      // Two of a header that there is one of are seen as two; a missing Host is ours to refuse.
      joinDuplicateHeaders: true,
      requireHostHeader: false,
    },
    (request, response) => {
      // Behind an answer that ended the connection.
      if (request.socket.writableEnded) return;
      if (isDraining) response.shouldKeepAlive = false;
      const problem = request.headers.host === goodHost ? undefined : problemOfHost(request, isOwnHost);
      if (problem === undefined) {
        goodHost = request.headers.host;
        listener(request, response);
        return;
      }
      const { traceId } = beginTrace(undefined);
      send(response, problemResponse(problem, traceId), traceId);
      tell(problem, traceId, request.method);
    },
  );
  server.maxConnections = options.maxConnections ?? 15_000;
  server.maxRequestsPerSocket = options.maxRequestsPerConnection ?? 0;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, tell));
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ port, host, backlog }, resolve);
  await listening;
  const address = server.address();
  if (!isAddress(address)) throw new Error('the server has no address');
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  const drain = async (deadlineMs: number): Promise<void> => {
    isDraining = true;
    const closed = new Promise<void>((done) => server.close(() => done()));
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await closed;
    clearInterval(idle);
    clearTimeout(deadline);
  };
  return { url: `http://${shown}:${address.port}`, port: address.port, drain };
};
