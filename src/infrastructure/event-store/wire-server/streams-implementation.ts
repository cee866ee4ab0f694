import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamMessages, { type DeleteReq, type TombstoneReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Appended } from '../../../application/ports/event-store.js';
import { WrongExpectedRevision } from '../../../application/ports/event-store.js';
import { callFailure } from './append-answers.js';
import { type Appender, expectationOf } from './appender.js';
import type { Reader } from './reader.js';
import { invalidArgument, statusOf, wrongExpectedVersion } from './refusals.js';
import type { Expectation, StreamWriter } from './stream-writer.js';
import { logPositionOf, streamOf } from './wire-messages.js';

/** As EventStoreDB writes an expectation into its messages. */
const numberOf = (expected: Expectation): bigint =>
  expected === 'no-stream' ? -1n : expected === 'any' ? -2n : expected === 'exists' ? -4n : expected;

/** Deletes or tombstones as a request says. @returns where that stands in the log */
const remove = async (
  request: DeleteReq | TombstoneReq,
  how: (stream: string, expected: Expectation) => Promise<Appended>,
): Promise<string> => {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('the options of the delete are missing');
  const stream = streamOf(options.getStreamIdentifier());
  const expected = expectationOf(options, options.hasRevision() ? options.getRevision() : undefined);
  try {
    return logPositionOf((await how(stream, expected)).position);
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw callFailure(error);
    throw wrongExpectedVersion(stream, numberOf(expected), numberOf(error.actual));
  }
};

/** The calls of `event_store.client.streams.Streams`. */
export const streamsImplementation = (appender: Appender, reader: Reader, writer: StreamWriter): IStreamsServer => ({
  read: (call) => void reader.serve(call),
  batchAppend: (call) => appender.batchAppend(call),
  append: (call, callback) => {
    appender.append(call).then(
      (answer) => callback(null, answer),
      (error) => callback(statusOf(error)),
    );
  },
  delete: ({ request }, callback) => {
    const { DeleteResp } = streamMessages;
    remove(request, (stream, expected) => writer.softDelete(stream, expected)).then(
      (at) =>
        callback(
          null,
          new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(at).setPreparePosition(at)),
        ),
      (error) => callback(statusOf(error)),
    );
  },
  tombstone: ({ request }, callback) => {
    const { TombstoneResp } = streamMessages;
    remove(request, (stream, expected) => writer.tombstone(stream, expected)).then(
      (at) =>
        callback(
          null,
          new TombstoneResp().setPosition(new TombstoneResp.Position().setCommitPosition(at).setPreparePosition(at)),
        ),
      (error) => callback(statusOf(error)),
    );
  },
});
