import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface HttpAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

class ConnectionClosed extends Error {
  constructor() {
    super('the server closed the connection');
  }
}

const isReset = (cause: Error): boolean => 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');

/**
 * One kept-alive connection with one request on its way at a time. It understands just what servers here answer
 * (Content-Length, no chunks): a load must not cost more than the server that it loads, which is why loads don't use the
 * typed client.
 */
export class HttpConnection {
  #received = '';
  #waiting: { resolve(answer: HttpAnswer): void; reject(cause: Error): void } | undefined;

  private constructor(private readonly socket: Socket) {
    // One byte a character: lengths are counted in bytes, and what is looked at is ASCII.
    socket.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    const fail = (cause: Error): void => {
      this.#waiting?.reject(cause);
      this.#waiting = undefined;
    };
    socket.on('error', (cause) => fail(isReset(cause) ? new ConnectionClosed() : cause));
    socket.on('close', () => fail(new ConnectionClosed()));
  }

  static async open(url: string): Promise<HttpConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  /**
   * @param request head and body as they go over the wire
   * @throws ConnectionClosed
   */
  ask(request: string): Promise<HttpAnswer> {
    if (this.socket.destroyed) return Promise.reject(new ConnectionClosed());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) {
      this.#waiting?.reject(new Error(`an answer without Content-Length: ${head}`));
      this.#waiting = undefined;
      return;
    }
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), head, body: this.#received.slice(headEnd + 4, end) };
    this.#received = this.#received.slice(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}

/** When the server wants to be asked again (RFC 9110, section 10.2.3); `undefined` where it doesn't say. */
export const retryAfterMs = ({ head }: HttpAnswer): number | undefined => {
  const seconds = /\r\nretry-after: *(\d+)/i.exec(head)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
};

/** Gives every request a connection that is free, in the order in which they came. */
export class Connections {
  readonly #free: HttpConnection[];
  readonly #waiting: ((connection: HttpConnection) => void)[] = [];

  private constructor(
    private readonly url: string,
    connections: readonly HttpConnection[],
  ) {
    this.#free = [...connections];
  }

  static async open(url: string, count: number): Promise<Connections> {
    return new Connections(url, await Promise.all(Array.from({ length: count }, () => HttpConnection.open(url))));
  }

  /** A connection that the server closed while it was idle is opened anew: what is asked may be asked twice. */
  async ask(request: string): Promise<HttpAnswer> {
    let connection = await this.#take();
    const answer = await connection.ask(request).catch(async (cause: unknown) => {
      if (!(cause instanceof ConnectionClosed)) throw cause;
      connection = await HttpConnection.open(this.url);
      return connection.ask(request);
    });
    this.#giveBack(connection);
    return answer;
  }

  /** Asks again, when the server wants it, as long as it says that it is too busy. @param onBusy told each time */
  async askUntilTaken(request: string, onBusy: () => void): Promise<HttpAnswer> {
    for (;;) {
      const answer = await this.ask(request);
      if (answer.status !== 503) return answer;
      onBusy();
      await wait((retryAfterMs(answer) ?? 0) * (0.5 + Math.random() / 2));
    }
  }

  /** Only once all are given back. */
  close(): void {
    for (const connection of this.#free) connection.close();
  }

  #take(): Promise<HttpConnection> | HttpConnection {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(connection: HttpConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }
}

/** A text in the JSON of an answer. @throws Error */
export const memberOf = (body: string, name: string): string => {
  const value: unknown = JSON.parse(body)[name];
  if (typeof value === 'string') return value;
  throw new Error(`an answer has no ${name}: ${body}`);
};

/** A POST of JSON as it goes over the wire; the text must be ASCII. */
export const postRequest = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): string => {
  const text = JSON.stringify(body);
  const lines = Object.entries({
    'Content-Type': 'application/json',
    'Content-Length': String(text.length),
    ...headers,
  });
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`;
};
