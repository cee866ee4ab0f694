import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamMessages, {
  type ReadResp,
  type BatchAppendReq as WireBatchAppendReq,
  type ReadReq as WireReadReq,
} from '@eventstore/db-client/generated/streams_pb.js';
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js';
import {
  appendBytesOf,
  type EventFilter,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type RecordedEvent,
} from '../../../application/ports/event-store.js';
import { logPositionOf, positionOf } from './log-position.js';

const { Empty, StreamIdentifier, UUID } = sharedMessages;
const { BatchAppendReq, ReadReq } = streamMessages;

const identifierOf = (stream: string) => new StreamIdentifier().setStreamName(Buffer.from(stream));

/** Ticks of 100 ns since the epoch; a double holds them to within a microsecond. */
const msOf = (ticks: string | undefined): number => Math.floor(Number(ticks ?? 0) / 10_000);

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

/** Nothing where the message is no event, or one that was linked to and is gone. */
export const eventOf = (message: ReadResp): RecordedEvent | undefined => {
  const record = message.getEvent()?.getEvent();
  if (record === undefined) return undefined;
  const metadata = record.getMetadataMap();
  return {
    id: record.getId()?.getString() ?? '',
    type: metadata.get('type') ?? '',
    data: textOf(record.getData_asU8()),
    metadata: textOf(record.getCustomMetadata_asU8()),
    stream: textOf(record.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()),
    revision: BigInt(record.getStreamRevision()),
    position: positionOf({ commit: record.getCommitPosition(), prepare: record.getPreparePosition() }),
    recordedAt: msOf(metadata.get('created')),
  };
};

/** Bytes of one message, about: a server takes no more than some MiB. */
const partBytes = 1024 * 1024;

const proposedOf = ({ id, type, data, metadata }: NewEvent): WireBatchAppendReq.ProposedMessage => {
  const message = new BatchAppendReq.ProposedMessage()
    .setId(new UUID().setString(id))
    .setData(Buffer.from(data))
    .setCustomMetadata(Buffer.from(metadata));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  return message;
};

/** One append in parts, the last of them final. */
export const appendRequests = (
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): readonly WireBatchAppendReq[] => {
  const options = new BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
  if (expected === 'no-stream') options.setNoStream(new emptyMessages.Empty());
  else options.setStreamPosition(String(expected));
  let part = new BatchAppendReq().setOptions(options);
  const parts = [part];
  let bytes = 0;
  for (const event of events) {
    bytes += appendBytesOf(event);
    if (bytes > partBytes && part.getProposedMessagesList().length > 0) {
      part = new BatchAppendReq();
      parts.push(part);
      bytes = appendBytesOf(event);
    }
    part.addProposedMessages(proposedOf(event));
  }
  part.setIsFinal(true);
  return parts;
};

const readOptions = (direction: 'forwards' | 'backwards') =>
  new ReadReq.Options()
    .setReadDirection(direction === 'forwards' ? 0 : 1)
    .setUuidOption(new ReadReq.Options.UUIDOption().setString(new Empty()));

export const readStreamRequest = (
  stream: string,
  direction: 'forwards' | 'backwards',
  from: bigint | undefined,
  limit: number,
): WireReadReq => {
  const inStream = new ReadReq.Options.StreamOptions().setStreamIdentifier(identifierOf(stream));
  if (from !== undefined) inStream.setRevision(String(from));
  else if (direction === 'forwards') inStream.setStart(new Empty());
  else inStream.setEnd(new Empty());
  const options = readOptions(direction).setStream(inStream).setNoFilter(new Empty()).setCount(String(limit));
  return new ReadReq().setOptions(options);
};

const regexOf = (type: string): string => type.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Events that the server looks at between two checkpoints. */
const windowEvents = 64;

/** By the server, on the type: what begins with `$` is of the system. */
const filterOf = ({ types }: EventFilter) => {
  const regex = types === undefined ? '^[^$]' : `^(?:${types.map(regexOf).join('|')})$`;
  return new ReadReq.Options.FilterOptions()
    .setEventType(new ReadReq.Options.FilterOptions.Expression().setRegex(regex))
    .setMax(windowEvents)
    .setCheckpointintervalmultiplier(1);
};

const allFrom = (after: Position) => {
  const at = logPositionOf(after);
  if (at === undefined) return new ReadReq.Options.AllOptions().setStart(new Empty());
  const position = new ReadReq.Options.Position().setCommitPosition(at.commit).setPreparePosition(at.prepare);
  return new ReadReq.Options.AllOptions().setPosition(position);
};

/** From a position on, what stands there included. */
export const readAllRequest = (from: Position, filter: EventFilter, limit: number): WireReadReq => {
  const options = readOptions('forwards').setAll(allFrom(from)).setFilter(filterOf(filter)).setCount(String(limit));
  return new ReadReq().setOptions(options);
};

/** The last event of all. */
export const readHeadRequest = (): WireReadReq => {
  const end = new ReadReq.Options.AllOptions().setEnd(new Empty());
  return new ReadReq().setOptions(readOptions('backwards').setAll(end).setFilter(filterOf({})).setCount('1'));
};

/** Behind a position, then what comes. */
export const subscribeRequest = (after: Position, filter: EventFilter): WireReadReq => {
  const subscription = new ReadReq.Options.SubscriptionOptions();
  const options = readOptions('forwards').setAll(allFrom(after)).setFilter(filterOf(filter));
  return new ReadReq().setOptions(options.setSubscription(subscription));
};
