import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import statusMessages from '@eventstore/db-client/generated/status_pb.js';
import streamMessages, {
  type AppendResp as WireAppendResp,
  type BatchAppendResp as WireBatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import anyMessages from 'google-protobuf/google/protobuf/any_pb.js';
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js';
import {
  type Appended,
  OutcomeUnknown,
  StoreUnavailable,
  type WrongExpectedRevision,
} from '../../../application/ports/event-store.js';
import { Refusal, serverBusy, timedOut } from './refusals.js';
import type { Expectation } from './stream-writer.js';
import { empty, logPositionOf } from './wire-messages.js';

const { AppendResp, BatchAppendResp } = streamMessages;

export const appendSuccess = ({ revision, position }: Appended): WireAppendResp => {
  const at = logPositionOf(position);
  return new AppendResp().setSuccess(
    new AppendResp.Success()
      .setCurrentRevision(String(revision))
      .setPosition(new AppendResp.Position().setCommitPosition(at).setPreparePosition(at)),
  );
};

/** A conflict is an answer, not a failure of the call. */
export const appendConflict = ({ actual }: WrongExpectedRevision, expected: Expectation): WireAppendResp => {
  const conflict = new AppendResp.WrongExpectedVersion();
  if (expected === 'any') conflict.setExpectedAny(empty());
  else if (expected === 'exists') conflict.setExpectedStreamExists(empty());
  else if (expected === 'no-stream') conflict.setExpectedNoStream(empty());
  else conflict.setExpectedRevision(String(expected));
  if (actual === 'no-stream') conflict.setCurrentNoStream(empty());
  else conflict.setCurrentRevision(String(actual));
  return new AppendResp().setWrongExpectedVersion(conflict);
};

export const batchSuccess = ({ revision, position }: Appended): WireBatchAppendResp => {
  const at = logPositionOf(position);
  const log = new sharedMessages.AllStreamPosition().setCommitPosition(at).setPreparePosition(at);
  return new BatchAppendResp().setSuccess(
    new BatchAppendResp.Success().setCurrentRevision(String(revision)).setPosition(log),
  );
};

const statusWith = (code: number, message: string, name: string, details: Uint8Array): Status => {
  const any = new anyMessages.Any();
  any.pack(details, name);
  return new statusMessages.Status().setCode(code).setMessage(message).setDetails(any);
};

const detailed = (code: number, name: string, details: { serializeBinary(): Uint8Array }): Status =>
  statusWith(code, name, `event_store.client.${name}`, details.serializeBinary());

const protobufEmpty = (): InstanceType<typeof emptyMessages.Empty> => new emptyMessages.Empty();

export const batchConflict = ({ actual }: WrongExpectedRevision, expected: Expectation): Status => {
  const conflict = new sharedMessages.WrongExpectedVersion();
  if (expected === 'any') conflict.setExpectedAny(protobufEmpty());
  else if (expected === 'exists') conflict.setExpectedStreamExists(protobufEmpty());
  else if (expected === 'no-stream') conflict.setExpectedNoStream(protobufEmpty());
  else conflict.setExpectedStreamPosition(String(expected));
  if (actual === 'no-stream') conflict.setCurrentNoStream(protobufEmpty());
  else conflict.setCurrentStreamRevision(String(actual));
  return detailed(status.ALREADY_EXISTS, 'WrongExpectedVersion', conflict);
};

export const batchTimeout = (): Status => detailed(status.DEADLINE_EXCEEDED, 'Timeout', new sharedMessages.Timeout());

export const batchTooLarge = (maxAppendBytes: number): Status =>
  detailed(
    status.INVALID_ARGUMENT,
    'MaximumAppendSizeExceeded',
    new sharedMessages.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendBytes),
  );

/** Any other way in which an append can fail, as a part of a batch says it. */
export const batchFailure = (error: unknown, stream: { serializeBinary(): Uint8Array } | undefined): Status => {
  if (error instanceof OutcomeUnknown) return batchTimeout();
  if (error instanceof StoreUnavailable) {
    return statusWith(0, 'Server Is Busy', 'google.protobuf.Empty', protobufEmpty().serializeBinary());
  }
  if (error instanceof Refusal && error.metadata.get('exception')[0] === 'stream-deleted') {
    const deleted = new sharedMessages.StreamDeleted();
    if (stream instanceof sharedMessages.StreamIdentifier) deleted.setStreamIdentifier(stream);
    return detailed(status.NOT_FOUND, 'StreamDeleted', deleted);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return detailed(status.INVALID_ARGUMENT, 'BadRequest', new sharedMessages.BadRequest().setMessage(reason));
};

/** The same failure where it ends a call. */
export const callFailure = (error: unknown): unknown => {
  if (error instanceof OutcomeUnknown) return timedOut(error.message);
  return error instanceof StoreUnavailable ? serverBusy() : error;
};
