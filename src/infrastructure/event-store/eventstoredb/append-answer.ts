import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import {
  type ExpectedRevision,
  type Position,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../../application/ports/event-store.js';
import { NoAnswer } from './failures.js';
import { positionOf } from './log-position.js';

/** Of the last event; the position is left out where the server doesn't tell it. */
export interface Kept {
  readonly revision: bigint;
  readonly position?: Position;
}

/** Failures after which the server may still have kept the events. */
const doubtful: ReadonlySet<string> = new Set(['Timeout', 'Unknown']);

/** @throws WrongExpectedRevision, StoreUnavailable where nothing was kept, NoAnswer where the server doesn't know */
export const readAppendAnswer = (answer: BatchAppendResp, stream: string, expected: ExpectedRevision): Kept => {
  const success = answer.getSuccess();
  if (success !== undefined) {
    const position = success.getPosition();
    const revision = BigInt(success.getCurrentRevision());
    if (position === undefined) return { revision };
    const [commit, prepare] = [position.getCommitPosition(), position.getPreparePosition()];
    return { revision, position: positionOf({ commit, prepare }) };
  }
  const status = answer.getError();
  const name = status?.getDetails()?.getTypeName().split('.').at(-1) ?? 'Unknown';
  if (name === 'WrongExpectedVersion') {
    const conflict = sharedMessages.WrongExpectedVersion.deserializeBinary(
      status?.getDetails()?.getValue_asU8() ?? new Uint8Array(),
    );
    const isThere = conflict.hasCurrentStreamRevision();
    throw new WrongExpectedRevision(
      stream,
      expected,
      isThere ? BigInt(conflict.getCurrentStreamRevision()) : 'no-stream',
    );
  }
  if (doubtful.has(name)) throw new NoAnswer(`${stream}: ${status?.getMessage() || name}`);
  throw new StoreUnavailable(`${stream}: ${status?.getMessage() || name}`);
};
