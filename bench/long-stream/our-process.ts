import { randomUUID } from 'node:crypto';
import { CommandHandler } from '../../src/application/command-handler.js';
import type { NewEvent } from '../../src/application/ports/event-store.js';
import { card } from '../../src/domain/banking/card.js';
import type { CardEvent } from '../../src/domain/banking/card-events.js';
import { sale } from '../../src/domain/ticketing/sale.js';
import type { SaleEvent } from '../../src/domain/ticketing/sale-events.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { uuidIds } from '../../src/infrastructure/ids/uuid-ids.js';
import { EmbeddedSnapshots } from '../../src/infrastructure/snapshots/embedded/embedded-snapshots.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { domainShape } from '../../src/main/domain-shape.js';
import { onJob } from '../harness/task.js';
import {
  holdSeconds,
  type MeasuredRun,
  measuredAt,
  pairsOf,
  reservedMinor,
  type Subject,
  settledMinor,
  startedAt,
} from './streams.js';

export interface OurJob {
  readonly folder: string;
  /** Builds the histories, or measures one command after the other. */
  readonly work: 'build' | 'measure';
  readonly withSnapshots: boolean;
  readonly subjects: readonly Subject[];
  /** Streams for the first commands of the process, which aren't counted. */
  readonly warmUps: readonly Subject[];
  /** Commands that each stream had before, by its id. */
  readonly before: Readonly<Record<string, number>>;
  /** Commands on each stream while its state is in memory. */
  readonly warmCommands: number;
}

type Events = readonly (CardEvent | SaleEvent)[];

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const shown = { brand: 'visa', lastFour: '4242', expiryMonth: 6, expiryYear: 2035 };

const cardHistory = function* (id: string, length: number): Generator<CardEvent> {
  const issued = { cardId: id, ...shown, holder: 'Ada', limit: eur(1_000_000_000), issuedAt: startedAt };
  yield { type: 'CardIssued', data: issued };
  for (let pair = 1; pair <= pairsOf(length); pair++) {
    const of = { transactionId: randomUUID(), amount: eur(settledMinor), description: 'Opera' };
    yield { type: 'AmountReserved', data: { ...of, reservedAt: startedAt + pair } };
    const balanceMinor = -pair * settledMinor;
    yield { type: 'AmountBooked', data: { ...of, balanceMinor, bookedAt: startedAt + pair } };
  }
};

const saleHistory = function* (id: string, length: number): Generator<SaleEvent> {
  const terms = { name: 'Opera', venue: 'Hall', startsAt: measuredAt + 86_400_000, capacity: 1_000, price: eur(100) };
  yield {
    type: 'SaleAnnounced',
    data: { saleId: id, ...terms, perPersonLimit: 4, holdSeconds, announcedAt: startedAt },
  };
  yield { type: 'SaleOpened', data: { openedAt: startedAt } };
  for (let pair = 1; pair < pairsOf(length); pair++) {
    const of = { orderId: randomUUID(), personId: randomUUID(), quantity: 1 };
    const heldAt = startedAt + pair;
    yield { type: 'PlacesHeld', data: { ...of, heldAt, expiresAt: heldAt + 1 } };
    yield { type: 'HoldLapsed', data: { ...of, lapsedAt: heldAt + 1 } };
  }
};

onJob<OurJob, MeasuredRun>(async ({ folder, work, withSnapshots, ...job }) => {
  const store = await EmbeddedEventStore.open({ folder, clock: systemClock });
  const catalogue = openCatalogue();
  const snapshots = new EmbeddedSnapshots({ folder, clock: systemClock, shape: domainShape() });
  const keeping = withSnapshots ? { snapshots } : undefined;
  const commandHandler = new CommandHandler(store, catalogue, systemClock, uuidIds, {}, keeping);
  const wrong: string[] = [];

  const build = async (stream: string, events: Iterable<Events[number]>): Promise<void> => {
    let expected: bigint | 'no-stream' = 'no-stream';
    let batch: NewEvent[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      expected = (await store.append(stream, batch, expected)).revision;
      batch = [];
    };
    for (const event of events) {
      const metadata = { correlationId: stream, causationId: randomUUID() };
      batch.push({ id: uuidIds.next(), ...catalogue.encode(event, metadata) });
      if (batch.length === 1_000) await flush();
    }
    await flush();
  };

  /** One command, timed to its answer, and held against what it must come to. @returns milliseconds */
  const command = async ({ kind, id, length }: Subject, earlier: number): Promise<number> => {
    const context = { commandId: randomUUID(), correlationId: id };
    const now = measuredAt;
    const begun = performance.now();
    if (kind === 'card') {
      const asked = { transactionId: randomUUID(), amount: eur(reservedMinor), description: 'Opera', requestedAt: now };
      const presented = { cardId: id, ...shown, isCodeRight: true };
      const sent = await commandHandler.handle(card, id, { type: 'Reserve', ...asked, card: presented, now }, context, {
        select: (state) => (state.status === 'none' ? undefined : [state.balanceMinor, state.reservedMinor]),
      });
      const ms = performance.now() - begun;
      const expected = [-pairsOf(length) * settledMinor, (earlier + 1) * reservedMinor];
      const found = sent.refusal === undefined ? [...(sent.result ?? []), Number(sent.revision)] : sent.refusal;
      const right = [...expected, 2 * pairsOf(length) + earlier + 1];
      if (JSON.stringify(found) !== JSON.stringify(right))
        wrong.push(`${kind} ${id}: ${JSON.stringify({ found, right })}`);
      return ms;
    }
    const wish = { orderId: randomUUID(), personId: randomUUID(), quantity: 1 };
    const sent = await commandHandler.handle(sale, id, { type: 'Hold', ...wish, now }, context, {
      select: (state) => (state.status === 'none' ? undefined : [state.held, state.orders.size]),
    });
    const ms = performance.now() - begun;
    const found = sent.refusal === undefined ? sent.result : sent.refusal;
    const right = [earlier + 1, pairsOf(length) - 1 + earlier + 1];
    if (JSON.stringify(found) !== JSON.stringify(right))
      wrong.push(`${kind} ${id}: ${JSON.stringify({ found, right })}`);
    return ms;
  };

  const times = () => ({ cold: {} as Record<number, number[]>, warm: {} as Record<number, number[]> });
  const measured = { card: times(), sale: times() };
  const all = [...job.warmUps, ...job.subjects];
  if (work === 'build') {
    for (const { kind, id, length } of all) {
      await build(`${kind}-${id}`, kind === 'card' ? cardHistory(id, length) : saleHistory(id, length));
    }
    // As the platform does it while a stream grows: one command brings it to memory, and at rest it is saved.
    for (const subject of all) await command(subject, 0);
    await commandHandler.saveIdle();
  } else {
    for (const subject of job.warmUps) {
      const earlier = job.before[subject.id] ?? 0;
      for (let n = 0; n <= job.warmCommands; n++) await command(subject, earlier + n);
    }
    for (const subject of job.subjects) {
      const earlier = job.before[subject.id] ?? 0;
      const { cold, warm } = measured[subject.kind];
      cold[subject.length] = [...(cold[subject.length] ?? []), await command(subject, earlier)];
      for (let n = 1; n <= job.warmCommands; n++) {
        warm[subject.length] = [...(warm[subject.length] ?? []), await command(subject, earlier + n)];
      }
    }
  }
  await snapshots.close();
  await store.close();
  return { ...measured, wrong };
});
