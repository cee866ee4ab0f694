import { once } from 'node:events';
import { connect } from 'node:net';
import type { Sample } from './http-sample.js';

let keys = 0;

export interface Posted {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

/** A POST with a key of its own, unless it brings one. */
export const post = (sample: Sample, path: string, { body, headers = {} }: Posted): Promise<Response> => {
  keys++;
  return fetch(sample.server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `key-${keys}`, ...headers },
    ...(body !== undefined && { body }),
  });
};

export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly traceId: string;
  readonly errors?: readonly { readonly field: string; readonly in: string; readonly code: string }[];
}

/** The problem that an answer carries. */
export const problemIn = async (response: Response): Promise<ProblemBody> => {
  if (response.headers.get('content-type') !== 'application/problem+json') {
    throw new Error(`no problem but ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as ProblemBody;
};

/** Sends bytes as they are and gives all that comes back until the other side ends. */
export const sendRaw = async (sample: Sample, text: string): Promise<string> => {
  const socket = connect(sample.server.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.write(text);
  await closed;
  return Buffer.concat(chunks).toString();
};
