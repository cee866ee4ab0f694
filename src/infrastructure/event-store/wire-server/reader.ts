import { randomUUID } from 'node:crypto';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { EventStore, RecordedEvent } from '../../../application/ports/event-store.js';
import type { AppendSignal } from './append-signal.js';
import { EventSources } from './event-sources.js';
import { type ReadRequest, readRequestOf } from './read-request.js';
import { statusOf } from './refusals.js';
import type { StreamRules } from './stream-rules.js';
import {
  caughtUpMessage,
  checkpointMessage,
  confirmationMessage,
  eventMessage,
  logPositionOf,
  positionAt,
  streamNotFoundMessage,
} from './wire-messages.js';

type Call = ServerWritableStream<ReadReq, ReadResp>;

/** Writes at the pace of the client. @returns whether it still listens, at once where nothing has to be waited for */
const sender =
  (call: Call) =>
  (message: ReadResp): boolean | Promise<boolean> => {
    if (call.cancelled || call.destroyed) return false;
    if (call.write(message)) return true;
    return new Promise((resolve) => {
      const settle = (): void => {
        call.off('drain', settle).off('cancelled', settle).off('close', settle);
        resolve(!call.cancelled && !call.destroyed);
      };
      call.once('drain', settle).once('cancelled', settle).once('close', settle);
    });
  };

/** Serves `Streams.Read`: reads that end, and subscriptions that don't. */
export class Reader {
  readonly #sources: EventSources;

  constructor(
    store: EventStore,
    rules: StreamRules,
    private readonly signal: AppendSignal,
    private readonly ended: AbortSignal,
  ) {
    this.#sources = new EventSources(store, rules);
  }

  async serve(call: Call): Promise<void> {
    try {
      const request = readRequestOf(call.request);
      if (request.count !== undefined) await this.#read(call, request, request.count);
      else if (request.stream !== undefined) await this.#subscribeToStream(call, request, request.stream);
      else await this.#subscribeToAll(call, request);
      call.end();
    } catch (error) {
      call.emit('error', statusOf(error));
    }
  }

  async #read(call: Call, request: ReadRequest, count: number): Promise<void> {
    const { stream, direction, from, isFromEnd, filter, isStructuredUuid } = request;
    const send = sender(call);
    // Forwards from the end there is nothing, backwards from the start neither.
    const isEmpty = isFromEnd ? direction === 'forwards' : from === undefined && direction === 'backwards';
    const pages =
      stream === undefined ? this.#sources.all(direction, from) : await this.#sources.stream(stream, direction, from);
    if (pages === undefined) {
      await send(streamNotFoundMessage(stream ?? ''));
      return;
    }
    let left = isEmpty ? 0 : count;
    if (left === 0) return;
    for await (const page of pages) {
      for (const event of page) {
        if (filter !== undefined && !filter.matches(event)) continue;
        const sent = send(eventMessage(event, isStructuredUuid));
        if (sent !== true && !(await sent)) return;
        left -= 1;
        if (left === 0) return;
      }
      if (call.cancelled) return;
    }
  }

  async #subscribeToStream(
    call: Call,
    { from, isFromEnd, isStructuredUuid }: ReadRequest,
    stream: string,
  ): Promise<void> {
    const send = sender(call);
    const stop = this.#stopOf(call);
    let next = from === undefined ? 0n : from + 1n;
    if (isFromEnd) next = await this.#revisionAfterLast(stream);
    if (!(await send(confirmationMessage(randomUUID())))) return;
    for (let isLive = false; !stop.aborted; ) {
      const more = this.signal.more(stop);
      for await (const page of (await this.#sources.stream(stream, 'forwards', next)) ?? []) {
        for (const event of page) {
          if (!(await send(eventMessage(event, isStructuredUuid)))) return;
          next = event.revision + 1n;
        }
      }
      if (!isLive) isLive = await send(caughtUpMessage());
      await more;
    }
  }

  async #revisionAfterLast(stream: string): Promise<bigint> {
    for await (const [last] of (await this.#sources.stream(stream, 'backwards', undefined)) ?? []) {
      return last === undefined ? 0n : last.revision + 1n;
    }
    return 0n;
  }

  async #subscribeToAll(call: Call, request: ReadRequest): Promise<void> {
    const { from, isFromEnd, filter, isStructuredUuid } = request;
    const send = sender(call);
    const stop = this.#stopOf(call);
    let reached = isFromEnd ? await this.#sources.head() : positionAt(from ?? 0n);
    let checkpoint = reached;
    let considered = 0;
    if (!(await send(confirmationMessage(randomUUID())))) return;
    const take = (event: RecordedEvent): boolean | Promise<boolean> => {
      reached = event.position;
      considered += 1;
      const isWanted = filter === undefined || filter.matches(event);
      const sent = isWanted ? send(eventMessage(event, isStructuredUuid)) : true;
      if (considered < (filter?.checkpointInterval ?? Number.POSITIVE_INFINITY)) return sent;
      return sent === true ? tellCheckpoint() : sent;
    };
    const tellCheckpoint = (): boolean | Promise<boolean> => {
      considered = 0;
      if (reached === checkpoint) return true;
      checkpoint = reached;
      return send(checkpointMessage(reached));
    };
    for (let isLive = false; !stop.aborted; ) {
      const more = this.signal.more(stop);
      for await (const page of this.#sources.all('forwards', BigInt(logPositionOf(reached)) + 1n)) {
        for (const event of page) {
          const taken = take(event);
          if (taken !== true && !(await taken)) return;
        }
      }
      if (!isLive) {
        if (filter !== undefined && !(await tellCheckpoint())) return;
        isLive = await send(caughtUpMessage());
      }
      await more;
    }
  }

  /** Given when the client goes, or the server. */
  #stopOf(call: Call): AbortSignal {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort()).on('close', () => gone.abort());
    return AbortSignal.any([gone.signal, this.ended]);
  }
}
