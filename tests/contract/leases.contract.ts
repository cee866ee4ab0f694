import { expect } from 'chai';
import { type Lease, LeaseLost, type Leases } from '../../src/application/ports/leases.js';
import { failureOf } from '../support/failure-of.js';
import { until } from '../support/temp-store.js';

export interface LeasesUnderTest {
  readonly leases: Leases;
  /** Another instance over the same store, as another process has it. */
  readonly beside: Leases;
  dispose(): Promise<void>;
}

const longMs = 600_000;

/** What every store of leases promises; each case gets an empty one. */
export const leasesContract = (name: string, open: () => Promise<LeasesUnderTest>): void => {
  describe(`leases contract: ${name}`, () => {
    let subject: LeasesUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.dispose());

    const claimed = async (from: Leases, forMs = longMs): Promise<Lease> => {
      const lease = await from.claim('work', 'a', forMs);
      if (lease === undefined) throw new Error('it is held');
      return lease;
    };

    /** Waits till the other instance gets what this one doesn't give back. */
    const takenOver = async (): Promise<Lease> => {
      let lease: Lease | undefined;
      await until('the lease lapses', async () => {
        lease ??= await subject.beside.claim('work', 'b', longMs);
        return lease !== undefined;
      });
      return lease ?? claimed(subject.beside);
    };

    it('gives a lease to one of many who claim it at once', async () => {
      const { leases, beside } = subject;
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? leases : beside).claim('work', `${index}`, longMs)),
      );
      expect(all.filter((lease) => lease !== undefined)).to.have.length(1);
    });

    it('keeps names apart', async () => {
      await claimed(subject.leases);
      expect(await subject.beside.claim('other', 'a', longMs)).to.not.equal(undefined);
    });

    it('refuses it to its own holder as to any other', async () => {
      await claimed(subject.leases);
      expect(await subject.leases.claim('work', 'a', longMs)).to.equal(undefined);
    });

    it('lets another have it once it is released, with what was saved and a token that grew', async () => {
      let { token } = await claimed(subject.leases).then(async (lease) => {
        expect(lease.checkpoint).to.equal('');
        await lease.save('12');
        await lease.release();
        return lease;
      });
      for (const from of [subject.beside, subject.leases, subject.beside]) {
        const lease = await claimed(from);
        expect(lease.checkpoint).to.equal('12');
        expect(lease.token).to.be.greaterThan(token);
        ({ token } = lease);
        await lease.release();
      }
    });

    it('lets another have it once it has lapsed', async () => {
      const { token } = await claimed(subject.leases, 20);
      expect((await takenOver()).token).to.be.greaterThan(token);
    });

    it('holds as long as it is renewed', async () => {
      const forMs = 1_500;
      const lease = await claimed(subject.leases, forMs);
      const end = performance.now() + 1.3 * forMs;
      await until('it was held for longer than claimed', async () => {
        await lease.renew();
        expect(await subject.beside.claim('work', 'b', forMs)).to.equal(undefined);
        return performance.now() > end;
      });
    });

    it('is its holder’s till another claims it, also after it has lapsed', async () => {
      const lease = await claimed(subject.leases, 0);
      await lease.save('7');
      await lease.renew();
      expect((await takenOver()).checkpoint).to.equal('7');
    });

    it('refuses what an earlier holder does late, and its release frees nothing', async () => {
      const late = await claimed(subject.leases, 0);
      await late.save('before');
      const next = await takenOver();
      for (const work of [late.save('late'), late.renew()]) expect(await failureOf(work)).to.be.instanceOf(LeaseLost);
      await late.release();
      expect(await subject.leases.claim('work', 'a', longMs)).to.equal(undefined);
      await next.save('after');
      await next.release();
      expect((await claimed(subject.leases)).checkpoint).to.equal('after');
    });

    it('is gone with its release', async () => {
      const lease = await claimed(subject.leases);
      await lease.release();
      for (const work of [lease.save('late'), lease.renew()]) expect(await failureOf(work)).to.be.instanceOf(LeaseLost);
      expect((await claimed(subject.beside)).checkpoint).to.equal('');
    });
  });
};
