import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent } from '../../../application/ports/event-store.js';
import type { Direction } from './event-sources.js';
import { invalidArgument } from './refusals.js';
import { streamOf } from './wire-messages.js';

export interface WireFilter {
  matches(event: RecordedEvent): boolean;
  /** A checkpoint is sent after so many events that were looked at. */
  readonly checkpointInterval: number;
}

/** What a client asks to read. */
export interface ReadRequest {
  /** All streams where it is left out. */
  readonly stream?: string;
  readonly direction: Direction;
  /** Revision in a stream, position in all: left out for the end to begin at (the other one for `end`). */
  readonly from?: bigint;
  readonly isFromEnd: boolean;
  /** Left out for a subscription. */
  readonly count?: number;
  readonly filter?: WireFilter;
  readonly isStructuredUuid: boolean;
}

/** What the server looks at before it is asked for a checkpoint, where the client doesn't say. */
const defaultWindow = 32;

type FilterOptions = ReadReq.Options.FilterOptions;
type Expression = ReadReq.Options.FilterOptions.Expression;

const testOf = (expression: Expression): ((text: string) => boolean) => {
  const regex = expression.getRegex();
  if (regex === '') {
    const prefixes = expression.getPrefixList();
    return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  }
  try {
    const pattern = new RegExp(regex);
    return (text) => pattern.test(text);
  } catch {
    throw invalidArgument(`'${regex}' is not a regular expression that this server reads`);
  }
};

const filterOf = (options: FilterOptions): WireFilter => {
  const [onType, onStream] = [options.getEventType(), options.getStreamIdentifier()];
  const expression = onType ?? onStream;
  if (expression === undefined) throw invalidArgument('a filter needs an expression on the event type or the stream');
  const test = testOf(expression);
  const window = options.hasMax() ? options.getMax() : defaultWindow;
  return {
    matches: onType === undefined ? ({ stream }) => test(stream) : ({ type }) => test(type),
    checkpointInterval: Math.max(1, window * options.getCheckpointintervalmultiplier()),
  };
};

/** @throws Refusal */
export const readRequestOf = (request: ReadReq): ReadRequest => {
  const options = request.getOptions();
  if (options?.getUuidOption() === undefined) throw invalidArgument('`uuidOption` is a required argument');
  const [inStream, inAll] = [options.getStream(), options.getAll()];
  if (inStream === undefined && inAll === undefined) throw invalidArgument('the stream option is missing');
  const isSubscription = options.hasSubscription();
  const direction = options.getReadDirection() === 0 ? 'forwards' : 'backwards';
  if (isSubscription && direction === 'backwards') throw invalidArgument('a subscription reads forwards');
  if (!isSubscription && options.getCount() === '0') throw invalidArgument('a read of nothing');
  const from = inStream?.hasRevision() ? inStream.getRevision() : inAll?.getPosition()?.getCommitPosition();
  const filter = inStream === undefined ? options.getFilter() : undefined;
  return {
    direction,
    isFromEnd: (inStream ?? inAll)?.hasEnd() === true,
    isStructuredUuid: options.getUuidOption()?.hasStructured() === true,
    ...(inStream !== undefined && { stream: streamOf(inStream.getStreamIdentifier()) }),
    ...(from !== undefined && { from: BigInt(from) }),
    ...(!isSubscription && { count: Number(options.getCount()) }),
    ...(filter !== undefined && { filter: filterOf(filter) }),
  };
};
