import { writeSync } from 'node:fs';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { Feed } from '../../src/application/ports/feed.js';
import type { ViewStore } from '../../src/application/ports/views.js';
import type { cardEvents } from '../../src/domain/banking/card-events.js';
import type { transactionEvents } from '../../src/domain/banking/transaction-events.js';
import type { orderEvents } from '../../src/domain/ticketing/order-events.js';
import type { saleEvents } from '../../src/domain/ticketing/sale-events.js';
import type { ticketEvents } from '../../src/domain/ticketing/ticket-events.js';
import type { IdempotencyStore } from '../../src/infrastructure/http/idempotency/idempotency-store.js';
import type { Adapters } from '../../src/main/adapters.js';
import { once } from './once.js';

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
 * Where a process can be told to die: before and after each step. Behind `feed.take.after` the effect is
 * stored and the reader's position not yet; a view and its checkpoint are one write.
 */
export const crashPoints: readonly string[] = steps.flatMap((step) => [`${step}.before`, `${step}.after`]);

export interface CrashAt {
  readonly point: string;
  /** The process dies when it comes there for this time, from 1 up. */
  readonly nth: number;
}

/** The variable that arms a point, read by the tests' own programs only. */
export const crashVariable = 'TORTURE_CRASH_AT';

/** Reads `<point>[:<nth>]`; nothing is armed by an empty text. @throws Error that says what it must be */
export const readCrashAt = (text = ''): CrashAt | undefined => {
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

/** Adapters with which the process dies at one point, as `kill -9` would end it. */
export const crashing = (armed: CrashAt | undefined, real: Adapters): Adapters => {
  let times = 0;
  const reach = (point: string): void => {
    if (armed?.point !== point) return;
    times += 1;
    if (times === armed.nth) die(armed);
  };
  const around = async <T>(steps: readonly string[], work: () => Promise<T>): Promise<T> => {
    for (const step of steps) reach(`${step}.before`);
    const result = await work();
    for (const step of steps) reach(`${step}.after`);
    return result;
  };

  const eventStore = <Store extends EventStore>(store: Store): Store => {
    const append = store.append.bind(store);
    store.append = (stream, events, expected) => {
      const names = new Set(events.map(({ type }) => `append.${stepOf[type]}`));
      return around([...names], () => append(stream, events, expected));
    };
    return store;
  };

  const idempotencyStore = (store: IdempotencyStore): IdempotencyStore => {
    const complete = store.complete.bind(store);
    store.complete = (key, token, response) => around(['response.keep'], () => complete(key, token, response));
    return store;
  };

  const viewStore = (views: ViewStore): ViewStore => {
    const apply = views.apply.bind(views);
    views.apply = (...batch) => around(['view.write'], () => apply(...batch));
    return views;
  };

  const feed = (adapter: Feed): Feed => {
    const subscribe = adapter.subscribe.bind(adapter);
    adapter.subscribe = (reader) =>
      subscribe({ ...reader, handle: (batch) => around(['feed.take'], () => reader.handle(batch)) });
    return adapter;
  };

  return {
    ...real,
    openStorage: (settings, roles, options) => {
      const storage = real.openStorage(settings, roles, options);
      // It opens each part once: so each is wrapped once.
      return {
        ...storage,
        eventStore: once(async () => eventStore(await storage.eventStore())),
        idempotency: once(async () => idempotencyStore(await storage.idempotency())),
        views: once(async () => viewStore(await storage.views())),
        feed: once(async () => feed(await storage.feed())),
      };
    },
    connectBank: (options) => {
      const bank = real.connectBank(options);
      const authorise = bank.authorise.bind(bank);
      const capture = bank.capture.bind(bank);
      const refund = bank.refund.bind(bank);
      bank.authorise = (request) => around(['bank.authorise'], () => authorise(request));
      bank.capture = (request) => around(['bank.capture'], () => capture(request));
      bank.refund = (request) => around(['bank.refund'], () => refund(request));
      return bank;
    },
  };
};
