import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Aborted } from '../input/json-body.js';
import { beginResponse, type HttpResponse } from './wire.js';

/** Sent at a time: a write for each piece costs more than the piece. */
const chunkCharacters = 65_536;

async function* inChunks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const piece of pieces) {
    chunk += piece;
    if (chunk.length < chunkCharacters) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/**
 * Sends a body while it is made, no faster than it is taken. What fails later than at the first chunk cuts the answer off.
 * @throws Aborted when the reader goes away; what the pieces throw
 */
export const sendPieces = async (
  to: ServerResponse,
  { status, headers }: HttpResponse,
  pieces: AsyncIterable<string>,
  traceId: string,
): Promise<void> => {
  const chunks = inChunks(pieces);
  const first = await chunks.next();
  beginResponse(to, status, headers, traceId);
  if (to.req.method === 'HEAD') {
    to.end();
    await chunks.return(undefined);
    return;
  }
  const all = async function* (): AsyncGenerator<string> {
    if (first.done !== true) yield first.value;
    yield* chunks;
  };
  await pipeline(all, to).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ERR_STREAM_PREMATURE_CLOSE' ? new Aborted('the reader went away') : cause;
  });
};
