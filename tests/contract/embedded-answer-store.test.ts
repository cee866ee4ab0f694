import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EmbeddedAnswerStore } from '../../src/infrastructure/answers/embedded/embedded-answer-store.js';
import { until } from '../support/until.js';
import { answerStoreContract } from './answer-store.contract.js';

const hoursMs = 3_600_000;
const answer = { status: 200, headers: {}, body: 'x'.repeat(500) };
const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'boxoffice-answers-'));
const clockAt = (now: () => number) => ({ now, random: () => 0.5, sleep: async () => {} });

answerStoreContract('the embedded answer store', async () => {
  const folder = await temporaryFolder();
  return {
    open: () => EmbeddedAnswerStore.open(folder, clockAt(Date.now)),
    remove: () => rm(folder, { recursive: true }),
  };
});

describe('the embedded answer store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('deletes old answers in steps, none before its time', async () => {
    let now = 0;
    const store = await EmbeddedAnswerStore.open(
      folder,
      clockAt(() => now),
      { keptMs: 24 * hoursMs, sweepBatch: 2 },
    );
    const keep = async (key: string): Promise<void> => {
      await store.begin(key, 'request');
      await store.finish(key, 'request', answer);
    };
    for (const key of ['a', 'b', 'c', 'd', 'e']) await keep(key);
    now = hoursMs;
    await keep('young');
    now = 24 * hoursMs;
    store.sweep();
    expect((await store.begin('a', 'request')).kind).to.equal('done');
    now = 24 * hoursMs + 1;
    store.sweep();
    await until('the last of the old ones is gone', async () => {
      const { kind } = await store.begin('e', 'request');
      await store.abandon('e');
      return kind === 'new';
    });
    expect((await store.begin('young', 'request')).kind).to.equal('done');
    await store.close();
  });

  it('throws a damaged file away, and says so', async () => {
    const first = await EmbeddedAnswerStore.open(folder, clockAt(Date.now));
    for (let index = 0; index < 100; index++) {
      await first.begin(`key ${index}`, 'request');
      await first.finish(`key ${index}`, 'request', answer);
    }
    await first.close();
    const file = join(folder, 'answers.db');
    const { size } = await stat(file);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(size - 4096, 0x55), 0, size - 4096, 4096);
    await handle.close();
    const told: string[] = [];
    const store = await EmbeddedAnswerStore.open(folder, clockAt(Date.now), { onTrouble: (what) => told.push(what) });
    expect(told).to.deep.equal(['answers.db was damaged and begins anew']);
    expect((await store.begin('key 1', 'request')).kind).to.equal('new');
    await store.close();
  });

  it('throws a file away that is no database', async () => {
    await writeFile(join(folder, 'answers.db'), 'not a database at all, but long enough to be looked at'.repeat(100));
    const told: string[] = [];
    const store = await EmbeddedAnswerStore.open(folder, clockAt(Date.now), { onTrouble: (what) => told.push(what) });
    expect(told).to.have.length(1);
    expect((await store.begin('key', 'request')).kind).to.equal('new');
    await store.close();
  });
});
