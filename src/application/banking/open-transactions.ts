import { type CardEvent, cardEvents } from '../../domain/banking/card-events.js';
import { authorisationLastsMs, confirmationLastsMs } from '../../domain/banking/transaction.js';
import { type TransactionEvent, transactionEvents } from '../../domain/banking/transaction-events.js';
import { type EventCatalogue, UnreadableEvent } from '../event-catalogue.js';
import type { Clock } from '../ports/clock.js';
import { beginning, type EventStore, type Position, type StoredEvent } from '../ports/event-store.js';
import type { CardPayments } from './card-payments.js';

interface Open {
  /** When someone has to look at it, in milliseconds since the epoch. */
  dueAt: number;
  isDecided: boolean;
  /** Whether the card holds its amount. */
  isReserved: boolean;
  /** Refunds whose credit isn't booked. */
  readonly refunds: Set<string>;
}

export interface SweepOptions {
  /** How long a call may take before its transaction counts as left behind; 10 s. */
  readonly graceMs?: number;
  /** Hears of a transaction that could not be finished (it is tried again later) or a stream that can't be read. */
  readonly onFault?: (name: string, error: unknown) => void;
}

/**
 * Finishes what a crash left half done, on any number of instances. The list of open transactions is folded from the
 * bank's events, from the first one after each start, and holds those that are not at rest and nothing else.
 */
export class OpenTransactions {
  readonly #open = new Map<string, Open>();
  readonly #types = Object.keys({ ...transactionEvents, ...cardEvents });
  readonly #graceMs: number;
  #position: Position = beginning;

  constructor(
    private readonly store: EventStore,
    private readonly catalogue: EventCatalogue,
    private readonly payments: CardPayments,
    private readonly clock: Clock,
    private readonly options: SweepOptions = {},
  ) {
    this.#graceMs = options.graceMs ?? 10_000;
  }

  /** Transactions that are not at rest, as the last sweep left them. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Catches up with the store, then brings to rest what is due. One sweep at a time.
   * @returns how many transactions were due
   * @throws what `EventStore.readAll` throws
   */
  async sweep(signal?: AbortSignal): Promise<number> {
    await this.#catchUp(signal);
    const now = this.clock.now();
    const due = [...this.#open].filter(([, { dueAt }]) => dueAt <= now);
    for (const [transactionId, entry] of due) {
      if (signal?.aborted) break;
      entry.dueAt = now + this.#graceMs;
      try {
        await this.payments.resume(transactionId);
      } catch (error) {
        this.options.onFault?.(transactionId, error);
      }
    }
    return due.length;
  }

  async #catchUp(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const page = await this.store.readAll(this.#position, { filter: { types: this.#types }, limit: 1_000 });
      for (const stored of page.events) this.#read(stored);
      this.#position = page.next;
      if (page.isHead || signal?.aborted) return;
    }
  }

  /** One event that can't be read keeps nobody else's transaction waiting. */
  #read(stored: StoredEvent): void {
    try {
      this.#take(stored, this.catalogue.decode(stored) as TransactionEvent | CardEvent);
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      this.options.onFault?.(stored.stream, error);
    }
  }

  #take(stored: StoredEvent, event: TransactionEvent | CardEvent): void {
    if (event.type === 'CardIssued' || event.type === 'TransactionBarred') return;
    const { transactionId } = event.data;
    // Unknown here and yet on a card: its transaction was closed before.
    const entry = this.#open.get(transactionId) ?? {
      dueAt: stored.recordedAt + this.#graceMs,
      isDecided: event.type !== 'TransactionRequested',
      isReserved: false,
      refunds: new Set(),
    };
    apply(entry, event, stored.recordedAt, this.#graceMs);
    const isAtRest = entry.isDecided && !entry.isReserved && entry.refunds.size === 0;
    if (isAtRest) this.#open.delete(transactionId);
    else this.#open.set(transactionId, entry);
  }
}

type Told = Exclude<TransactionEvent | CardEvent, { type: 'CardIssued' | 'TransactionBarred' }>;

const apply = (entry: Open, event: Told, at: number, graceMs: number): void => {
  switch (event.type) {
    case 'TransactionRequested':
    case 'ActionConfirmed':
    case 'CreditAnnounced':
    case 'ReservationRefused':
      entry.dueAt = at + graceMs;
      return;
    case 'ActionRequired':
      entry.dueAt = at + Math.max(confirmationLastsMs, graceMs);
      return;
    case 'TransactionAuthorised':
      entry.isDecided = true;
      entry.dueAt = at + authorisationLastsMs;
      return;
    case 'TransactionDeclined':
    case 'TransactionVoided':
    case 'TransactionExpired':
    case 'TransactionCaptured':
      entry.isDecided = true;
      entry.dueAt = at + graceMs;
      return;
    case 'TransactionRefundRequested':
      entry.refunds.add(event.data.refundId);
      entry.dueAt = at + graceMs;
      return;
    case 'AmountReserved':
      entry.isReserved = true;
      return;
    case 'ReservationReleased':
    case 'AmountBooked':
      entry.isReserved = false;
      return;
    case 'CreditBooked':
      entry.refunds.delete(event.data.refundId);
      return;
    default:
      event satisfies never;
  }
};
