import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A POST whose last byte is kept back until it is told to go. */
export class UnfinishedRequest {
  readonly key = randomUUID();
  #answer = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#answer += text;
    });
    // A connection that is cut shows in the answer, which stays as far as it came.
    socket.on('error', () => undefined);
  }

  static async begin(url: string, path: string, body: object): Promise<UnfinishedRequest> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, 'connect');
    const request = new UnfinishedRequest(socket);
    const text = JSON.stringify(body);
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      `Idempotency-Key: ${request.key}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${text.slice(0, -1)}`);
    return request;
  }

  /** The last byte of any JSON object. */
  finish(): void {
    this.socket.write('}');
  }

  /** Status line, headers and body, as far as they came. */
  get answer(): string {
    return this.#answer;
  }

  /** Of the answer; undefined before there is one. */
  get status(): number | undefined {
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(this.#answer)?.[1];
    return status === undefined ? undefined : Number(status);
  }

  close(): void {
    this.socket.destroy();
  }
}
