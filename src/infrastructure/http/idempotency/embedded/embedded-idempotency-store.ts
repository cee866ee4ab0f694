import { join } from 'node:path';
import type { Clock } from '../../../../application/ports/clock.js';
import type { HttpResponse } from '../../frame/wire.js';
import { type Claim, ClaimLost, type IdempotencyStore } from '../idempotency-store.js';
import type { OperationResult } from './messages.js';
import { ResponseQueue } from './response-queue.js';

export interface EmbeddedIdempotencyOptions {
  /** How long a claim holds its key; longer than any request takes. */
  readonly leaseMs?: number;
  /** How long a response is kept at least. */
  readonly keptMs?: number;
  /** Responses deleted in one step. */
  readonly sweepBatch?: number;
  readonly sweepEveryMs?: number;
  /** Is told when a damaged file was thrown away, or old responses could not be deleted. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

interface HeldClaim {
  readonly fingerprint: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  leaseEndsAt: number;
}

const hoursMs = 3_600_000;
const fileName = 'idempotency.db';

/**
 * Responses in `<folder>/idempotency.db`, read and written by a thread of its own in groups. Claims are in memory: the
 * store serves one process, and they end with it.
 */
export class EmbeddedIdempotencyStore implements IdempotencyStore {
  readonly #claims = new Map<string, HeldClaim>();
  readonly #timer: NodeJS.Timeout;
  #lastToken = 0;

  private constructor(
    private readonly queue: ResponseQueue,
    private readonly clock: Clock,
    private readonly options: Required<EmbeddedIdempotencyOptions>,
  ) {
    this.#timer = setInterval(() => this.sweep(), options.sweepEveryMs).unref();
  }

  static async open(
    folder: string,
    clock: Clock,
    {
      leaseMs = 60_000,
      keptMs = 48 * hoursMs,
      sweepBatch = 500,
      sweepEveryMs = 60_000,
      onTrouble = () => {},
    }: EmbeddedIdempotencyOptions = {},
  ): Promise<EmbeddedIdempotencyStore> {
    const queue = await ResponseQueue.start(join(folder, fileName), (error) =>
      onTrouble(`${fileName} was damaged and starts empty`, error),
    );
    return new EmbeddedIdempotencyStore(queue, clock, { leaseMs, keptMs, sweepBatch, sweepEveryMs, onTrouble });
  }

  async claim(key: string, fingerprint: string): Promise<Claim> {
    return this.#held(key, fingerprint) ?? this.#find(key, fingerprint);
  }

  complete(key: string, token: string, response: HttpResponse): Promise<void> {
    const held = this.#claims.get(key);
    if (held?.token !== token) return Promise.reject(new ClaimLost('another request has taken the key over'));
    // Nobody takes the key over while its response is on the way to the file.
    held.leaseEndsAt = Number.POSITIVE_INFINITY;
    const { fingerprint } = held;
    const row = { key, fingerprint, response: JSON.stringify(response), storedAt: this.clock.now() };
    return new Promise((resolve, reject) => {
      this.queue.ask(
        { kind: 'store', ...row },
        () => {
          this.#claims.delete(key);
          resolve();
        },
        (error) => {
          this.#claims.delete(key);
          reject(error);
        },
      );
    });
  }

  async release(key: string, token: string): Promise<void> {
    if (this.#claims.get(key)?.token === token) this.#claims.delete(key);
  }

  /** Deletes responses that are older than they need to be kept, in steps that let others work in between. */
  sweep(): void {
    const { keptMs, sweepBatch, onTrouble } = this.options;
    this.queue.ask(
      { kind: 'sweep', before: this.clock.now() - keptMs, limit: sweepBatch },
      (deleted) => {
        if (deleted === sweepBatch) this.sweep();
      },
      (error) => onTrouble('old responses could not be deleted', error),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.queue.close();
  }

  /** What the claim that is held says; `undefined` where there is none, or its lease has ended. */
  #held(key: string, fingerprint: string): Claim | undefined {
    const held = this.#claims.get(key);
    if (held === undefined) return undefined;
    if (held.fingerprint !== fingerprint) return { kind: 'other-request' };
    return held.leaseEndsAt > this.clock.now() ? { kind: 'running' } : undefined;
  }

  #find(key: string, fingerprint: string): Promise<Claim> {
    return new Promise((resolve, reject) => {
      this.queue.ask({ kind: 'find', key }, (row) => resolve(this.#found(key, fingerprint, row)), reject);
    });
  }

  /** Is told right when the row is there, before a response that is stored behind the look-up ends its claim. */
  #found(key: string, fingerprint: string, row: OperationResult): Claim {
    const held = this.#held(key, fingerprint);
    if (held !== undefined) return held;
    if (row === undefined || typeof row === 'number') return this.#take(key, fingerprint);
    if (row.fingerprint !== fingerprint) return { kind: 'other-request' };
    return { kind: 'done', response: JSON.parse(row.response) };
  }

  #take(key: string, fingerprint: string): Claim {
    const token = String(++this.#lastToken);
    this.#claims.set(key, { fingerprint, token, leaseEndsAt: this.clock.now() + this.options.leaseMs });
    return { kind: 'new', token };
  }
}
