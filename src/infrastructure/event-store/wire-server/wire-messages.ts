import sharedMessages, { type UUID as WireUuid } from '@eventstore/db-client/generated/shared_pb.js';
import streamMessages, { type ReadResp as WireReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { parse, stringify } from 'uuid';
import type { Position, RecordedEvent } from '../../../application/ports/event-store.js';
import { invalidArgument } from './refusals.js';
import { fromStored } from './stored-bytes.js';
import { endOfStream, tombstoneType } from './stream-rules.js';

const { Empty, StreamIdentifier, UUID } = sharedMessages;
const { ReadResp } = streamMessages;

/** @throws Refusal for what is none */
export const uuidOf = (uuid: WireUuid | undefined): string => {
  const structured = uuid?.getStructured();
  if (structured === undefined) {
    const text = uuid?.getString() ?? '';
    if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) throw invalidArgument(`'${text}' is not a UUID`);
    return text.toLowerCase();
  }
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(structured.getMostSignificantBits())), 0);
  bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(structured.getLeastSignificantBits())), 8);
  return stringify(bytes);
};

const wireUuidOf = (id: string, isStructured: boolean): WireUuid => {
  const uuid = new UUID();
  if (!isStructured) return uuid.setString(id);
  const bytes = Buffer.from(parse(id));
  const structured = new UUID.Structured();
  structured.setMostSignificantBits(String(bytes.readBigInt64BE(0)));
  structured.setLeastSignificantBits(String(bytes.readBigInt64BE(8)));
  return uuid.setStructured(structured);
};

export const streamOf = (identifier: { getStreamName_asU8(): Uint8Array } | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? '').toString();

export const identifierOf = (stream: string): InstanceType<typeof StreamIdentifier> =>
  new StreamIdentifier().setStreamName(Buffer.from(stream));

/** Commit and prepare position of an event are the same here: the number of its row. */
export const logPositionOf = (position: Position): string =>
  position === '' ? '0' : String(Number.parseInt(position, 16));

/** The position with this number; what is past all rows is past all events. */
export const positionAt = (logPosition: bigint): Position => {
  const row = logPosition > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(logPosition);
  return (row <= 0 ? '' : row.toString(16).padStart(16, '0')) as Position;
};

/** .NET counts in ticks of 100 ns. */
const ticksOf = (epochMs: number): string => `${epochMs}0000`;

export const eventMessage = (event: RecordedEvent, isStructured: boolean): WireReadResp => {
  const { isJson, data, metadata } = fromStored(event);
  const position = logPositionOf(event.position);
  const record = new ReadResp.ReadEvent.RecordedEvent()
    .setId(wireUuidOf(event.id, isStructured))
    .setStreamIdentifier(identifierOf(event.stream))
    .setStreamRevision(String(event.type === tombstoneType ? endOfStream : event.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(data)
    .setCustomMetadata(metadata);
  record
    .getMetadataMap()
    .set('type', event.type)
    .set('created', ticksOf(event.recordedAt))
    .set('content-type', isJson ? 'application/json' : 'application/octet-stream');
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(record).setCommitPosition(position));
};

export const streamNotFoundMessage = (stream: string): WireReadResp =>
  new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(stream)));

export const confirmationMessage = (subscriptionId: string): WireReadResp =>
  new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId));

export const checkpointMessage = (position: Position): WireReadResp => {
  const at = logPositionOf(position);
  return new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(at).setPreparePosition(at));
};

export const caughtUpMessage = (): WireReadResp => new ReadResp().setCaughtUp(new ReadResp.CaughtUp());

export const empty = (): InstanceType<typeof Empty> => new Empty();
