import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { hasBody } from '../input/json-body.js';

/** A body no longer than this is taken in whole, so that the connection stays for the next request. */
const smallBytes = 65_536;
/** How much, and how long, is read on after an answer that ends its connection. */
const lingering = { bytes: 16_777_216, ms: 5_000, checkEveryMs: 50 };

const answered = new WeakSet<Socket>();

/** Whether the request that arrives on a connection has its answer already. */
export const isAnswered = (socket: Socket): boolean => answered.has(socket);

/**
 * Ends our side, and reads on for a while before the connection is closed (RFC 9112, section 9.6): closed with bytes
 * unread, it would be reset, and the other side might lose an answer that it hasn't read yet.
 */
export const closeLater = (socket: Socket): void => {
  answered.add(socket);
  socket.end();
  const mostBytes = socket.bytesRead + lingering.bytes;
  const latest = performance.now() + lingering.ms;
  const check = setInterval(() => {
    if (socket.bytesRead > mostBytes || performance.now() > latest) socket.destroy();
  }, lingering.checkEveryMs);
  socket.once('close', () => clearInterval(check));
};

/** To be told before an answer is written: what is left of the body is read, or ends the connection. */
export const answerEarly = (response: ServerResponse, isLast: boolean): void => {
  const { req: request } = response;
  if (request.complete || !hasBody(request)) return;
  const { socket } = request;
  const isSmall = Number(request.headers['content-length']) <= smallBytes;
  if (isSmall && response.shouldKeepAlive && !isLast) {
    answered.add(socket);
    request.once('close', () => answered.delete(socket));
    return;
  }
  response.shouldKeepAlive = false;
  // What the server calls behind the last answer of a connection.
  socket.destroySoon = () => closeLater(socket);
};
