import type { Collection } from 'mongodb';
import { Unavailable } from '../../../application/feed/parking-reader.js';
import { type Lease, LeaseLost, type Leases } from '../../../application/ports/leases.js';
import { type MongoConnection, type MongoOptions, openMongo } from '../../mongodb/mongo-client.js';
import { naming } from '../../mongodb/mongo-errors.js';
import { upserted } from '../../mongodb/upserted.js';

interface LeaseDocument {
  /** The lease's name. */
  readonly _id: string;
  readonly holder: string;
  readonly token: number;
  readonly forMs: number;
  readonly checkpoint: string;
  readonly renewals: number;
  /** By the server's clock; none where it is free. */
  readonly renewedAt?: Date;
  /** By the server's clock, when somebody last wanted it. */
  readonly askedAt?: Date;
}

/** The server may look at its clock before the write that it is for has its turn: two writes, two times, in either order. */
const outOfOrderMs = 1_000;

/** A lease that was renewed in the future has seen the clock go back. */
const isHeld = ({ renewedAt, forMs }: LeaseDocument, now: number): boolean =>
  renewedAt !== undefined && renewedAt.getTime() <= now + outOfOrderMs && now < renewedAt.getTime() + forMs;

const whileThere = naming(Unavailable, 'the leases are away');

/**
 * Leases in the collection `leases`. Whoever wants one has the server write down its own time beside it: so no clock of a
 * process counts.
 */
export class MongoLeases implements Leases {
  readonly #connection: MongoConnection;
  readonly #leases: Collection<LeaseDocument>;

  constructor(options: MongoOptions) {
    this.#connection = openMongo(options);
    this.#leases = this.#connection.db.collection<LeaseDocument>('leases');
  }

  /** @throws Unavailable */
  claim(name: string, holder: string, forMs: number): Promise<Lease | undefined> {
    return whileThere(async () => {
      const known = await this.#ask(name);
      const now = known?.askedAt?.getTime();
      if (known === null || now === undefined || isHeld(known, now)) return undefined;
      const { token, renewals } = known;
      const claimed = await this.#leases.findOneAndUpdate(
        // Not where another has claimed or renewed it meanwhile.
        { _id: name, token, renewals },
        { $set: { holder, forMs, token: Math.max(token + 1, now) }, $currentDate: { renewedAt: true } },
        { returnDocument: 'after' },
      );
      return claimed === null ? undefined : this.#held(claimed);
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #ask(name: string): Promise<LeaseDocument | null> {
    return upserted(() =>
      this.#leases.findOneAndUpdate(
        { _id: name },
        {
          $currentDate: { askedAt: true },
          $setOnInsert: { holder: '', token: 0, forMs: 0, checkpoint: '', renewals: 0 },
        },
        { upsert: true, returnDocument: 'after' },
      ),
    );
  }

  #held({ _id, token, checkpoint }: LeaseDocument): Lease {
    const own = { _id, token };
    const change = (update: object): Promise<void> =>
      whileThere(async () => {
        const { matchedCount } = await this.#leases.updateOne(own, update);
        if (matchedCount === 0) throw new LeaseLost(_id);
      });
    return {
      token,
      checkpoint,
      renew: () => change({ $inc: { renewals: 1 }, $currentDate: { renewedAt: true } }),
      save: (text) => change({ $set: { checkpoint: text } }),
      release: () =>
        whileThere(async () => {
          await this.#leases.updateOne(own, { $inc: { token: 1 }, $unset: { renewedAt: '' } });
        }),
    };
  }
}
