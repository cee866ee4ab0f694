import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EmbeddedSnapshots } from '../../src/infrastructure/snapshots/embedded/embedded-snapshots.js';
import { failureOf } from '../support/failure-of.js';
import { snapshot, snapshotsContract } from './snapshots.contract.js';

const dayMs = 86_400_000;

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'boxoffice-snapshots-'));

snapshotsContract('embedded', async () => {
  const folder = await newFolder();
  return {
    open: async (shape) => new EmbeddedSnapshots({ folder, shape, clock: Date }),
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('the embedded snapshots', () => {
  let folder: string;
  let now = 0;
  const clock = { now: () => now };
  const file = (): string => join(folder, 'snapshots.db');
  const openAs = (shape: string, told: unknown[] = []): EmbeddedSnapshots =>
    new EmbeddedSnapshots({ folder, clock, shape, onDamage: (error) => told.push(error) });

  /** What a release finds, that runs for a moment. */
  const foundAs = async (shape: string): Promise<bigint | undefined> => {
    const snapshots = openAs(shape);
    const found = await snapshots.find('sale-1');
    await snapshots.close();
    return found?.revision;
  };

  const saveAs = async (shape: string, revision: bigint): Promise<void> => {
    const snapshots = openAs(shape);
    await snapshots.save('sale-1', snapshot(revision));
    await snapshots.close();
  };

  beforeEach(async () => {
    folder = await newFolder();
    now = 20_000 * dayMs;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stay for a week after the release last used them, reading included', async () => {
    await saveAs('a', 1n);
    await saveAs('b', 2n);
    now += 6 * dayMs;
    expect(await foundAs('a')).to.equal(1n);
    now += 6 * dayMs;
    await openAs('c').close();
    expect(await foundAs('a')).to.equal(1n);
    expect(await foundAs('b')).to.equal(undefined);
  });

  it('stay while their release runs on, for however long', async () => {
    const long = openAs('a');
    await long.save('sale-1', snapshot(1n));
    for (let day = 0; day < 20; day++) {
      now += dayMs;
      await long.find('sale-1');
    }
    await long.close();
    await openAs('b').close();
    expect(await foundAs('a')).to.equal(1n);
  });

  it('are written down as used once a day only: a reader waits for no writer', async () => {
    const snapshots = openAs('a');
    await snapshots.save('sale-1', snapshot(1n));
    const writer = new DatabaseSync(file());
    writer.exec('BEGIN IMMEDIATE');
    expect(await snapshots.find('sale-1')).to.deep.equal(snapshot(1n));
    writer.close();
    await snapshots.close();
  });

  it('are those of three releases at most', async () => {
    for (const [index, shape] of ['a', 'b', 'c', 'd'].entries()) await saveAs(shape, BigInt(index));
    expect(await foundAs('d')).to.equal(3n);
    expect(await foundAs('c')).to.equal(2n);
    expect(await foundAs('a')).to.equal(undefined);
  });

  it('begin anew on a file of builds that had one snapshot a stream', async () => {
    const db = new DatabaseSync(file());
    db.exec('CREATE TABLE snapshot (stream TEXT PRIMARY KEY, shape TEXT NOT NULL)');
    db.close();
    const told: unknown[] = [];
    const snapshots = openAs('a', told);
    await snapshots.save('sale-1', snapshot(1n));
    expect(await snapshots.find('sale-1')).to.deep.equal(snapshot(1n));
    await snapshots.close();
    expect(told).to.deep.equal([]);
  });

  it('refuse a snapshot whose bytes turned, once', async () => {
    for (const column of ['revision', 'position', 'event_id', 'state', 'commands']) {
      const first = openAs('a');
      await first.save('sale-1', snapshot(10n));
      await first.close();
      const db = new DatabaseSync(file());
      db.exec(`UPDATE state SET ${column} = replace(replace(${column}, 'e', 'f'), 'ff', '00') || '1'`);
      db.close();
      const again = openAs('a');
      expect(await failureOf(again.find('sale-1')), column).to.have.property('message', 'its checksum is wrong');
      expect(await again.find('sale-1'), column).to.equal(undefined);
      await again.close();
    }
  });

  it('throw away a file that is no database, say so, and begin anew', async () => {
    await writeFile(file(), 'not a database at all, but long enough to be looked at'.repeat(100));
    const told: unknown[] = [];
    const snapshots = openAs('a', told);
    expect(told).to.have.length(1);
    await snapshots.save('sale-1', snapshot(1n));
    expect(await snapshots.find('sale-1')).to.deep.equal(snapshot(1n));
    await snapshots.close();
  });

  it('throw away a file that turns out to be damaged at work', async () => {
    const first = openAs('a');
    for (let n = 0; n < 200; n++) await first.save(`sale-${n}`, snapshot(BigInt(n), 'x'.repeat(5_000)));
    await first.close();
    const { size } = await stat(file());
    const handle = await open(file(), 'r+');
    // All but the first page, which names the tables.
    await handle.write(Buffer.alloc(size - 16_384, 0x55), 0, size - 16_384, 16_384);
    await handle.close();
    const told: unknown[] = [];
    const snapshots = openAs('a', told);
    for (let n = 0; n < 200; n++) expect(await snapshots.find(`sale-${n}`)).to.equal(undefined);
    expect(told).to.have.length(1);
    await snapshots.save('sale-7', snapshot(7n));
    expect(await snapshots.find('sale-7')).to.deep.equal(snapshot(7n));
    await snapshots.close();
    expect((await readFile(file())).includes(Buffer.alloc(64, 0x55))).to.equal(false);
  });
});
