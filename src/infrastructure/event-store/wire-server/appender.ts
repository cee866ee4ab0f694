import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import streamMessages from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import { WrongExpectedRevision } from '../../../application/ports/event-store.js';
import {
  appendConflict,
  appendSuccess,
  batchConflict,
  batchFailure,
  batchSuccess,
  batchTimeout,
  batchTooLarge,
  callFailure,
} from './append-answers.js';
import { ProposedEvents } from './proposed-events.js';
import { invalidArgument, Refusal, statusOf } from './refusals.js';
import type { Expectation, StreamWriter } from './stream-writer.js';
import { streamOf, uuidOf } from './wire-messages.js';

interface ExpectedOptions {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

/** @throws Refusal where none is given */
export const expectationOf = (options: ExpectedOptions, revision: string | undefined): Expectation => {
  if (revision !== undefined) return BigInt(revision);
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'exists';
  throw invalidArgument('the expected stream revision is missing');
};

/** Appends of one call that wait for their commit. */
const mostWaiting = 1_000;

/** Serves `Streams.Append` and `Streams.BatchAppend`. */
export class Appender {
  constructor(
    private readonly writer: StreamWriter,
    private readonly maxAppendBytes: number,
  ) {}

  async append(call: ServerReadableStream<AppendReq, AppendResp>): Promise<AppendResp> {
    const proposed = new ProposedEvents(this.maxAppendBytes);
    let options: AppendReq.Options | undefined;
    for await (const request of call as AsyncIterable<AppendReq>) {
      const message = request.getProposedMessage();
      if (message === undefined) options = request.getOptions();
      else proposed.add(message);
    }
    if (options === undefined) throw invalidArgument('the options of the append are missing');
    const expected = expectationOf(options, options.hasRevision() ? options.getRevision() : undefined);
    const stream = streamOf(options.getStreamIdentifier());
    try {
      return appendSuccess(await this.writer.append(stream, proposed.events, expected));
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return appendConflict(error, expected);
      throw callFailure(error);
    }
  }

  /** Many appends share one call: each is answered by itself, by its correlation id. */
  batchAppend(call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void {
    const open = new Map<string, OpenAppend>();
    let isEnded = false;
    let waiting = 0;
    const endIfDone = (): void => {
      if (isEnded && waiting === 0) call.end();
    };
    /** No more is taken from a client that has much waiting, or doesn't read its answers. */
    const holdBack = (): void => {
      if (waiting >= mostWaiting || call.writableNeedDrain) call.pause();
      else call.resume();
    };
    const answer = async (append: OpenAppend): Promise<void> => {
      const response = await this.#answer(append);
      waiting -= 1;
      if (!call.cancelled && !call.destroyed) call.write(response);
      holdBack();
      endIfDone();
    };
    call.on('drain', holdBack);
    call.on('data', (request: BatchAppendReq) => {
      try {
        const append = partOf(open, request, this.maxAppendBytes);
        if (append === undefined) return;
        waiting += 1;
        holdBack();
        void answer(append);
      } catch (error) {
        call.emit('error', statusOf(error));
      }
    });
    call.on('end', () => {
      isEnded = true;
      endIfDone();
    });
    call.on('error', () => undefined);
  }

  async #answer({ correlationId, options, proposed, refusal }: OpenAppend): Promise<BatchAppendResp> {
    const response = await this.#outcome(options, proposed, refusal);
    response.setCorrelationId(correlationId).setStreamIdentifier(options.getStreamIdentifier());
    return response;
  }

  async #outcome(
    options: BatchAppendReq.Options,
    { events }: ProposedEvents,
    refusal: unknown,
  ): Promise<BatchAppendResp> {
    const failed = new streamMessages.BatchAppendResp();
    const deadline = options.getDeadline()?.toDate();
    if (deadline !== undefined && deadline.getTime() <= Date.now()) return failed.setError(batchTimeout());
    let expected: Expectation = 'any';
    try {
      if (refusal !== undefined) throw refusal;
      expected = expectationOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
      return batchSuccess(await this.writer.append(streamOf(options.getStreamIdentifier()), events, expected));
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return failed.setError(batchConflict(error, expected));
      const isTooLarge = error instanceof Refusal && error.metadata.get('maximum-append-size').length > 0;
      if (isTooLarge) return failed.setError(batchTooLarge(this.maxAppendBytes));
      return failed.setError(batchFailure(error, options.getStreamIdentifier()));
    }
  }
}

/**
 * Adds to an append what has come of it.
 * @returns the append, when it is whole or refused
 * @throws Refusal where it has no id to answer it by
 */
const partOf = (open: Map<string, OpenAppend>, request: BatchAppendReq, maxBytes: number): OpenAppend | undefined => {
  const correlationId = request.getCorrelationId();
  const key = uuidOf(correlationId);
  const options = request.getOptions();
  const append = open.get(key) ?? (options && { correlationId, options, proposed: new ProposedEvents(maxBytes) });
  if (append === undefined) return undefined;
  open.set(key, append);
  try {
    for (const message of request.getProposedMessagesList()) append.proposed.add(message);
  } catch (error) {
    append.refusal = error;
  }
  if (!request.getIsFinal() && append.refusal === undefined) return undefined;
  open.delete(key);
  return append;
};

interface OpenAppend {
  readonly correlationId: ReturnType<BatchAppendReq['getCorrelationId']>;
  readonly options: BatchAppendReq.Options;
  readonly proposed: ProposedEvents;
  refusal?: unknown;
}
