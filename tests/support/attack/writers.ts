import { randomUUID } from 'node:crypto';
import {
  type Appended,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  type Position,
  WrongExpectedRevision,
} from '../../../src/application/ports/event-store.js';
import type { Chance } from './chance.js';
import type { Journal } from './journal.js';
import { tallyCatalogue, tallyStreams } from './tallies.js';

const metadata = { correlationId: 'c', causationId: 'c' };

/** What one writer is to do, and who hears of it. */
export interface Writing {
  readonly store: EventStore;
  readonly chance: Chance;
  readonly events: number;
  readonly acknowledged: Journal;
  onAcknowledged(stream: string, upTo: Position, count: number): void;
}

const newEvents = (chance: Chance): readonly NewEvent[] =>
  Array.from({ length: chance.whole(1, 5) }, () => ({
    id: randomUUID(),
    ...tallyCatalogue.encode(
      { type: chance.of(['Counted', 'Corrected']), data: { by: chance.whole(-9, 9) } },
      metadata,
    ),
  }));

const revisionOf = async (store: EventStore, stream: string): Promise<ExpectedRevision> => {
  const [last] = await store.read(stream, { direction: 'backwards', limit: 1 });
  return last?.revision ?? 'no-stream';
};

/** Appends to streams that others write to as well: who comes too late looks again, who heard nothing asks again. */
export const write = async (writing: Writing): Promise<void> => {
  const { chance, acknowledged, onAcknowledged } = writing;
  const revisions = new Map<string, ExpectedRevision>();
  for (let left = writing.events; left > 0; ) {
    const stream = chance.of(tallyStreams);
    const events = newEvents(chance);
    const { appended, expected } = await settled(writing, stream, events, revisions);
    const first = expected === 'no-stream' ? 0n : expected + 1n;
    // The answer names the last event's position; an attack needs no other.
    const entries = events.map(({ id }, index) => ({
      id,
      stream,
      revision: first + BigInt(index),
      position: appended.position,
    }));
    acknowledged.add(entries);
    onAcknowledged(stream, appended.position, events.length);
    revisions.set(stream, appended.revision);
    left -= events.length;
    await chance.delay(4);
  }
};

const settled = async (
  { store }: Writing,
  stream: string,
  events: readonly NewEvent[],
  revisions: ReadonlyMap<string, ExpectedRevision>,
): Promise<{ readonly appended: Appended; readonly expected: ExpectedRevision }> => {
  let expected = revisions.get(stream) ?? (await revisionOf(store, stream));
  for (;;) {
    try {
      return { appended: await store.append(stream, events, expected), expected };
    } catch (cause) {
      if (cause instanceof WrongExpectedRevision) expected = cause.actual;
      else if (!(cause instanceof OutcomeUnknown)) throw cause;
    }
  }
};
