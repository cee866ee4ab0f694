import { expect } from 'chai';
import type { HttpResponse } from '../../src/infrastructure/http/frame/wire.js';
import {
  type Claim,
  ClaimLost,
  type IdempotencyStore,
} from '../../src/infrastructure/http/idempotency/idempotency-store.js';
import { failureOf } from '../support/failure-of.js';

/** One place where keys are claimed and responses kept, as an adapter sets it up. */
export interface IdempotencyStoreFixture {
  /** Opens the same place again, as after a restart. */
  open(): Promise<IdempotencyStore>;
  /** The store as a second instance reaches it: the same object where the adapter serves one process. */
  second(store: IdempotencyStore): Promise<IdempotencyStore>;
  /** Ends once every lease that was given so far has ended. */
  leasesEnd(): Promise<void>;
  remove(): Promise<void>;
}

const response: HttpResponse = {
  status: 201,
  headers: { Location: '/v1/sales/1', ETag: '"1"' },
  body: '{"name":"Zoë"}',
};
const otherResponse: HttpResponse = { status: 409, headers: {}, body: '{"code":"sold_out"}' };

/** Claims a key that is free. @returns the claim's token */
export const claimed = async (store: IdempotencyStore, key: string): Promise<string> => {
  const claim = await store.claim(key, 'request');
  if (claim.kind !== 'new') throw new Error(`${key} is not free: ${claim.kind}`);
  return claim.token;
};

/** What every `IdempotencyStore` does. */
export const idempotencyStoreContract = (name: string, create: () => Promise<IdempotencyStoreFixture>): void => {
  describe(`${name} holds keys`, () => {
    let fixture: IdempotencyStoreFixture;
    let store: IdempotencyStore;
    let second: IdempotencyStore;
    const kindOf = async (from: IdempotencyStore, fingerprint: string): Promise<Claim['kind']> =>
      (await from.claim('key', fingerprint)).kind;
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await fixture.open();
    };

    beforeEach(async () => {
      fixture = await create();
      store = await fixture.open();
      second = await fixture.second(store);
    });
    afterEach(async () => {
      await store.close();
      await fixture.remove();
    });

    it('gives a key to one, and tells others what holds it', async () => {
      await claimed(store, 'key');
      for (const instance of [store, second]) {
        expect(await instance.claim('key', 'request')).to.deep.equal({ kind: 'running' });
        expect(await instance.claim('key', 'other')).to.deep.equal({ kind: 'other-request' });
      }
      await claimed(second, 'another key');
    });

    it('gives a key to one of many who ask at once', async () => {
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) => [store, second][index % 2]?.claim('key', 'request')),
      );
      expect(claims.filter((claim) => claim?.kind === 'new')).to.have.length(1);
      expect(claims.filter((claim) => claim?.kind === 'running')).to.have.length(19);
    });

    it('gives the response again, word by word', async () => {
      await store.complete('key', await claimed(store, 'key'), response);
      for (const instance of [store, second]) {
        expect(await instance.claim('key', 'request')).to.deep.equal({ kind: 'done', response });
        expect(await instance.claim('key', 'other')).to.deep.equal({ kind: 'other-request' });
      }
    });

    it('gives it to many who ask at once', async () => {
      await store.complete('key', await claimed(store, 'key'), response);
      const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('key', 'request')));
      expect(claims).to.deep.equal(claims.map(() => ({ kind: 'done', response })));
    });

    it('gives a key to no second one while the first completes', async () => {
      // Look-ups of others are under way when the response of the one who got it comes in.
      for (let round = 0; round < 50; round++) {
        const key = `key ${round}`;
        const request = async (instance: IdempotencyStore): Promise<Claim['kind']> => {
          const claim = await instance.claim(key, 'request');
          if (claim.kind === 'new') await instance.complete(key, claim.token, response);
          return claim.kind;
        };
        const kinds = await Promise.all([
          request(store),
          request(store),
          Promise.resolve().then(() => request(second)),
        ]);
        expect(kinds.filter((kind) => kind === 'new')).to.have.length(1);
        for (const kind of kinds) expect(kind).to.be.oneOf(['new', 'running', 'done']);
      }
    });

    it('keeps the responses of many at once', async () => {
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
      const tokens = await Promise.all(keys.map((key) => claimed(store, key)));
      await Promise.all(keys.map((key, index) => store.complete(key, tokens[index] ?? '', { ...response, body: key })));
      for (const key of keys) {
        expect(await store.claim(key, 'request')).to.deep.equal({ kind: 'done', response: { ...response, body: key } });
      }
    });

    it('frees a key that is released, for any request', async () => {
      await store.release('key', await claimed(store, 'key'));
      expect(await kindOf(second, 'other')).to.equal('new');
    });

    it('still has the response after a restart', async () => {
      await store.complete('key', await claimed(store, 'key'), response);
      await reopen();
      expect(await store.claim('key', 'request')).to.deep.equal({ kind: 'done', response });
    });

    it('keeps what is completed while it closes', async () => {
      const completed = store.complete('key', await claimed(store, 'key'), response);
      await reopen();
      await completed;
      expect(await kindOf(store, 'request')).to.equal('done');
    });

    it('gives the key of one who died to another once the lease has ended', async () => {
      await claimed(store, 'key');
      await reopen();
      await fixture.leasesEnd();
      await claimed(store, 'key');
    });

    it('gives a key whose lease has ended to another, and to a request with the same content only', async () => {
      await claimed(store, 'key');
      await fixture.leasesEnd();
      expect(await kindOf(second, 'other')).to.equal('other-request');
      await claimed(second, 'key');
      expect(await kindOf(store, 'request')).to.equal('running');
    });

    it('takes a late response where nobody took the key over', async () => {
      const token = await claimed(store, 'key');
      await fixture.leasesEnd();
      await store.complete('key', token, response);
      expect(await second.claim('key', 'request')).to.deep.equal({ kind: 'done', response });
    });

    it('refuses a late response of one whose key was taken over, while the other runs and afterwards', async () => {
      const late = await claimed(store, 'key');
      await fixture.leasesEnd();
      const token = await claimed(second, 'key');
      expect(await failureOf(store.complete('key', late, otherResponse))).to.be.instanceOf(ClaimLost);
      expect(await kindOf(store, 'request')).to.equal('running');
      await second.complete('key', token, response);
      expect(await failureOf(store.complete('key', late, otherResponse))).to.be.instanceOf(ClaimLost);
      expect(await store.claim('key', 'request')).to.deep.equal({ kind: 'done', response });
    });

    it('does not free a key for one whose key was taken over', async () => {
      const late = await claimed(store, 'key');
      await fixture.leasesEnd();
      const token = await claimed(second, 'key');
      await store.release('key', late);
      expect(await kindOf(store, 'request')).to.equal('running');
      await second.complete('key', token, response);
      await store.release('key', late);
      expect(await kindOf(store, 'request')).to.equal('done');
    });
  });
};
