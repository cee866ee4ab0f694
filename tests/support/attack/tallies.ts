import { EventCatalogue } from '../../../src/application/event-catalogue.js';
import { type EventOf, event } from '../../../src/domain/event.js';
import { integer } from '../../../src/domain/shape.js';
import type { Change, DecodedEvent, Projection } from '../../../src/projections/projection.js';

const events = { Counted: event(1, { by: integer }), Corrected: event(1, { by: integer }) };

export type Tallied = EventOf<typeof events>;
export const tallyCatalogue = new EventCatalogue(events);

const streamCount = 60;
const groupCount = 4;

export const tallyStreams: readonly string[] = Array.from({ length: streamCount }, (_, index) => `tally-${index}`);

/** Streams share a document with others, which no stream's order protects. */
export const groupOf = (stream: string): string => String(Number(stream.slice('tally-'.length)) % groupCount);

type Tally = DecodedEvent<Tallied['data']>;

const changesOf = (event: Tally): readonly Change[] => {
  const $inc = { count: 1, sum: event.data.by };
  return [
    { collection: 'streams', id: event.stream, $inc, $push: { revisions: Number(event.revision) } },
    { collection: 'groups', id: groupOf(event.stream), $inc },
  ];
};

const tally = (name: string, types: readonly Tallied['type'][]): Projection => ({
  name,
  version: 1,
  collections: { streams: { indexes: [['sum']] }, groups: { indexes: [] } },
  handlers: Object.fromEntries(types.map((type) => [type, changesOf])),
});

/** Of everything, and of one type among others. */
export const tallies: readonly Projection[] = [
  tally('all', ['Counted', 'Corrected']),
  tally('corrections', ['Corrected']),
];
