import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type EmbeddedIdempotencyOptions,
  EmbeddedIdempotencyStore,
} from '../../src/infrastructure/http/idempotency/embedded/embedded-idempotency-store.js';
import { until } from '../support/until.js';
import { claimed, idempotencyStoreContract } from './idempotency-store.contract.js';

const hoursMs = 3_600_000;
const response = { status: 200, headers: {}, body: 'x'.repeat(500) };
const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'boxoffice-idempotency-'));
const clockAt = (now: () => number) => ({ now, random: () => 0.5, sleep: async () => {} });

idempotencyStoreContract('the embedded idempotency store', async () => {
  const folder = await temporaryFolder();
  let now = 0;
  return {
    open: () =>
      EmbeddedIdempotencyStore.open(
        folder,
        clockAt(() => now),
        { leaseMs: 1_000 },
      ),
    second: async (store) => store,
    leasesEnd: async () => {
      now += 1_000;
    },
    remove: () => rm(folder, { recursive: true }),
  };
});

describe('the embedded idempotency store', () => {
  let folder: string;
  let now: number;
  const openStore = (options: EmbeddedIdempotencyOptions = {}): Promise<EmbeddedIdempotencyStore> =>
    EmbeddedIdempotencyStore.open(
      folder,
      clockAt(() => now),
      options,
    );
  const keep = async (store: EmbeddedIdempotencyStore, key: string): Promise<void> =>
    store.complete(key, await claimed(store, key), response);

  beforeEach(async () => {
    folder = await temporaryFolder();
    now = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('deletes old responses in steps, none before its time', async () => {
    const store = await openStore({ keptMs: 24 * hoursMs, sweepBatch: 2 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) await keep(store, key);
    now = hoursMs;
    await keep(store, 'young');
    now = 24 * hoursMs;
    store.sweep();
    expect((await store.claim('a', 'request')).kind).to.equal('done');
    now = 24 * hoursMs + 1;
    store.sweep();
    await until('the last of the old ones is gone', async () => {
      const claim = await store.claim('e', 'request');
      if (claim.kind === 'new') await store.release('e', claim.token);
      return claim.kind === 'new';
    });
    expect((await store.claim('young', 'request')).kind).to.equal('done');
    await store.close();
  });

  it('holds a key to the end of its lease, to the millisecond', async () => {
    const store = await openStore({ leaseMs: 500 });
    await claimed(store, 'key');
    now = 499;
    expect((await store.claim('key', 'request')).kind).to.equal('running');
    now = 500;
    expect((await store.claim('key', 'request')).kind).to.equal('new');
    await store.close();
  });

  it('lets nobody take a key over while its response is on the way to the file', async () => {
    const store = await openStore({ leaseMs: 500 });
    const token = await claimed(store, 'key');
    now = 500;
    // Asked of the file before the response is on its way there, and told when it is.
    const claim = store.claim('key', 'request');
    const completed = store.complete('key', token, response);
    expect(await claim).to.deep.equal({ kind: 'running' });
    await completed;
    await store.close();
  });

  it('throws a damaged file away, and says so', async () => {
    const first = await openStore();
    for (let index = 0; index < 100; index++) await keep(first, `key ${index}`);
    await first.close();
    const file = join(folder, 'idempotency.db');
    const { size } = await stat(file);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(size - 4096, 0x55), 0, size - 4096, 4096);
    await handle.close();
    const told: string[] = [];
    const store = await openStore({ onTrouble: (what) => told.push(what) });
    expect(told).to.deep.equal(['idempotency.db was damaged and starts empty']);
    expect((await store.claim('key 1', 'request')).kind).to.equal('new');
    await store.close();
  });

  it('throws a file away that is no database', async () => {
    await writeFile(
      join(folder, 'idempotency.db'),
      'not a database at all, but long enough to be looked at'.repeat(100),
    );
    const told: string[] = [];
    const store = await openStore({ onTrouble: (what) => told.push(what) });
    expect(told).to.have.length(1);
    expect((await store.claim('key', 'request')).kind).to.equal('new');
    await store.close();
  });
});
