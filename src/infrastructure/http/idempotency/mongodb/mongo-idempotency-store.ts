import { randomUUID } from 'node:crypto';
import type { Collection } from 'mongodb';
import type { Clock } from '../../../../application/ports/clock.js';
import { type MongoConnection, type MongoOptions, openMongo } from '../../../mongodb/mongo-client.js';
import { isAway, isDuplicateKey } from '../../../mongodb/mongo-errors.js';
import { onceDone } from '../../../mongodb/once-done.js';
import { OptionalCalls } from '../../../mongodb/optional-calls.js';
import type { HttpResponse } from '../../frame/wire.js';
import { type Claim, ClaimLost, type IdempotencyStore } from '../idempotency-store.js';

export interface MongoIdempotencyOptions extends MongoOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How long a claim holds its key; longer than any request takes. */
  readonly leaseMs?: number;
  /** How long a response is kept at least. */
  readonly keptMs?: number;
  /** Responses deleted in one step. */
  readonly sweepBatch?: number;
  readonly sweepEveryMs?: number;
  /** Is told when the server is found away, or old responses could not be deleted. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

interface KeyDocument {
  /** The key. */
  readonly _id: string;
  readonly fingerprint: string;
  readonly token: string;
  /** By the server's clock. */
  readonly claimedAt: Date;
  /** By the server's clock, when somebody last found it claimed. */
  readonly askedAt?: Date;
  /** An `HttpResponse` as JSON. */
  readonly response?: string;
}

const hoursMs = 3_600_000;

/** Nobody holds the key: the server is away. */
const unheld = '';

/**
 * Responses in the collection `idempotency`, shared by all processes. While the server is away every key is given out and
 * none held: a command's id, which follows from its key, is what keeps a repeat from taking effect twice, here as there.
 */
export class MongoIdempotencyStore implements IdempotencyStore {
  readonly #connection: MongoConnection;
  readonly #keys: Collection<KeyDocument>;
  readonly #calls: OptionalCalls;
  readonly #indexed: () => Promise<unknown>;
  readonly #timer: NodeJS.Timeout;
  readonly #options: Required<Omit<MongoIdempotencyOptions, keyof MongoOptions>>;

  constructor({
    clock,
    leaseMs = 60_000,
    keptMs = 48 * hoursMs,
    sweepBatch = 500,
    sweepEveryMs = 60_000,
    onTrouble = () => undefined,
    deadlineMs = 1_000,
    ...options
  }: MongoIdempotencyOptions) {
    this.#options = { clock, leaseMs, keptMs, sweepBatch, sweepEveryMs, onTrouble };
    this.#connection = openMongo({ ...options, deadlineMs });
    this.#keys = this.#connection.db.collection('idempotency');
    this.#calls = new OptionalCalls((error) => onTrouble('responses cannot be stored', error));
    this.#indexed = onceDone(() => this.#keys.createIndexes([{ key: { claimedAt: 1 }, name: 'by-age' }]));
    this.#timer = setInterval(() => {
      void this.sweep().catch((error: unknown) => onTrouble('old responses could not be deleted', error));
    }, sweepEveryMs).unref();
  }

  claim(key: string, fingerprint: string): Promise<Claim> {
    return this.#calls.run<Claim>(
      async () => {
        const token = randomUUID();
        for (;;) {
          if (await this.#takeFree(key, fingerprint, token)) return { kind: 'new', token };
          const known = await this.#keys.findOne({ _id: key });
          if (known === null) continue;
          if (known.fingerprint !== fingerprint) return { kind: 'other-request' };
          if (known.response !== undefined) return { kind: 'done', response: JSON.parse(known.response) };
          const outcome = await this.#takeLapsed(known, token);
          if (outcome !== undefined) return outcome;
        }
      },
      { kind: 'new', token: unheld },
    );
  }

  async complete(key: string, token: string, response: HttpResponse): Promise<void> {
    if (token === unheld) return;
    const text = JSON.stringify(response);
    const isKept = await this.#calls.run(async () => {
      const { matchedCount } = await this.#keys.updateOne({ _id: key, token }, { $set: { response: text } });
      return matchedCount === 1;
    }, true);
    if (!isKept) throw new ClaimLost('another request has taken the key over');
  }

  release(key: string, token: string): Promise<void> {
    return this.#calls.run(async () => {
      await this.#keys.deleteOne({ _id: key, token, response: { $exists: false } });
    }, undefined);
  }

  /** Deletes what is older than it needs to be kept, in steps; what is left where the server is away waits. */
  async sweep(): Promise<void> {
    const { clock, keptMs, sweepBatch } = this.#options;
    const claimedAt = { $lt: new Date(clock.now() - keptMs) };
    try {
      await this.#indexed();
      for (let deleted = sweepBatch; deleted === sweepBatch; ) {
        const old = this.#keys.find(
          { claimedAt },
          { projection: { _id: 1 }, sort: { claimedAt: 1 }, limit: sweepBatch },
        );
        const ids = (await old.toArray()).map(({ _id }) => _id);
        if (ids.length > 0) await this.#keys.deleteMany({ _id: { $in: ids }, claimedAt });
        deleted = ids.length;
      }
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#connection.close();
  }

  /** No document has the new token, so one is made, unless there is one of that key. */
  async #takeFree(key: string, fingerprint: string, token: string): Promise<boolean> {
    try {
      const made = { $setOnInsert: { fingerprint }, $currentDate: { claimedAt: true as const } };
      await this.#keys.updateOne({ _id: key, token }, made, { upsert: true });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** @returns undefined where the key has changed hands meanwhile */
  async #takeLapsed({ _id, token: before }: KeyDocument, token: string): Promise<Claim | undefined> {
    const held = { _id, token: before, response: { $exists: false } };
    const asked = await this.#keys.findOneAndUpdate(
      held,
      { $currentDate: { askedAt: true } },
      { returnDocument: 'after' },
    );
    if (asked === null) return undefined;
    const leaseEndsAt = asked.claimedAt.getTime() + this.#options.leaseMs;
    if ((asked.askedAt?.getTime() ?? 0) < leaseEndsAt) return { kind: 'running' };
    const { matchedCount } = await this.#keys.updateOne(held, { $set: { token }, $currentDate: { claimedAt: true } });
    return matchedCount === 1 ? { kind: 'new', token } : undefined;
  }
}
