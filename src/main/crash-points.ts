import { writeSync } from 'node:fs';
import type { Bank } from '../application/ports/bank.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { ViewStore } from '../application/ports/views.js';
import type { cardEvents } from '../domain/banking/card-events.js';
import type { transactionEvents } from '../domain/banking/transaction-events.js';
import type { orderEvents } from '../domain/ticketing/order-events.js';
import type { saleEvents } from '../domain/ticketing/sale-events.js';
import type { ticketEvents } from '../domain/ticketing/ticket-events.js';
import type { IdempotencyStore } from '../infrastructure/http/idempotency/idempotency-store.js';

type EventName =
  | keyof typeof saleEvents
  | keyof typeof orderEvents
  | keyof typeof ticketEvents
  | keyof typeof transactionEvents
  | keyof typeof cardEvents;

/** Steps of a purchase and a refund, by the event that is theirs alone. */
const stepOf: Readonly<Partial<Record<string, string>>> = {
  PlacesHeld: 'hold',
  OrderPlaced: 'place',
  HoldLapsed: 'lapse',
  PaymentStarted: 'start',
  TransactionRequested: 'request',
  AmountReserved: 'reserve',
  TransactionAuthorised: 'authorise',
  PaymentAuthorised: 'record',
  PlacesSold: 'confirm',
  PlacesConfirmed: 'confirm-order',
  TicketIssued: 'issue',
  TicketsIssued: 'issue-order',
  TransactionCaptured: 'capture',
  AmountBooked: 'book',
  OrderFulfilled: 'fulfil',
  RefundRequested: 'refund',
  CreditBooked: 'credit',
} satisfies Partial<Record<EventName, string>>;

const bankCalls = ['authorise', 'capture', 'refund'] as const;

const steps = [
  ...Object.values(stepOf).map((step) => `append.${step}`),
  ...bankCalls.map((call) => `bank.${call}`),
  'response.keep',
  'view.write',
  'feed.take',
];

/**
 * Where a process can be told to die, for tests: before and after each step. Behind `feed.take.after` the effect is
 * stored and the reader's position not yet; a view and its checkpoint are one write.
 */
export const crashPoints: readonly string[] = steps.flatMap((step) => [`${step}.before`, `${step}.after`]);

export interface CrashAt {
  readonly point: string;
  /** The process dies when it comes there for this time, from 1 up. */
  readonly nth: number;
}

/** Reads `<point>[:<nth>]`. @throws Error that says what it must be */
export const readCrashAt = (text: string): CrashAt | undefined => {
  if (text === '') return undefined;
  const [, point = '', nth = '1'] = /^([^:]*)(?::([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (!crashPoints.includes(point))
    throw new Error(`must be <point>[:<nth>], with a point of ${crashPoints.join(', ')}`);
  return { point, nth: Number(nth) };
};

/** What the process says last on stderr. */
export const lastWords = ({ point, nth }: CrashAt): string => `dies at ${point}:${nth}`;

/** Nothing runs behind it: the thread waits for the end, also where another thread of the process gets the signal. */
const die = (crashAt: CrashAt): void => {
  writeSync(2, `${lastWords(crashAt)}\n`);
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

/** Lets the process die at one point as `kill -9` would; what isn't armed is handed back as it is. */
export class CrashPoints {
  #times = 0;

  constructor(private readonly armed: CrashAt | undefined) {}

  eventStore<Store extends Pick<EventStore, 'append'>>(store: Store): Store {
    const append = store.append.bind(store);
    if (this.armed === undefined) return store;
    store.append = async (stream, events, expected) => {
      const names = new Set(events.map(({ type }) => `append.${stepOf[type]}`));
      return this.#around([...names], () => append(stream, events, expected));
    };
    return store;
  }

  bank<Adapter extends Bank>(bank: Adapter): Adapter {
    if (this.armed === undefined) return bank;
    const authorise = bank.authorise.bind(bank);
    const capture = bank.capture.bind(bank);
    const refund = bank.refund.bind(bank);
    bank.authorise = (request) => this.#around(['bank.authorise'], () => authorise(request));
    bank.capture = (request) => this.#around(['bank.capture'], () => capture(request));
    bank.refund = (request) => this.#around(['bank.refund'], () => refund(request));
    return bank;
  }

  idempotency<Store extends Pick<IdempotencyStore, 'complete'>>(store: Store): Store {
    const complete = store.complete.bind(store);
    if (this.armed === undefined) return store;
    store.complete = (key, token, response) => this.#around(['response.keep'], () => complete(key, token, response));
    return store;
  }

  views<Store extends Pick<ViewStore, 'apply'>>(views: Store): Store {
    const apply = views.apply.bind(views);
    if (this.armed === undefined) return views;
    views.apply = (...batch) => this.#around(['view.write'], () => apply(...batch));
    return views;
  }

  feed<Adapter extends Pick<Feed, 'subscribe'>>(feed: Adapter): Adapter {
    const subscribe = feed.subscribe.bind(feed);
    if (this.armed === undefined) return feed;
    feed.subscribe = (reader) =>
      subscribe({ ...reader, handle: (batch) => this.#around(['feed.take'], () => reader.handle(batch)) });
    return feed;
  }

  async #around<T>(steps: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const step of steps) this.#reach(`${step}.before`);
    const result = await work();
    for (const step of steps) this.#reach(`${step}.after`);
    return result;
  }

  #reach(point: string): void {
    if (this.armed?.point !== point) return;
    this.#times += 1;
    if (this.#times === this.armed.nth) die(this.armed);
  }
}
