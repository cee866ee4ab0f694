import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Position } from '../../src/application/ports/event-store.js';
import type { Snapshot } from '../../src/application/ports/snapshots.js';
import { EmbeddedSnapshots } from '../../src/infrastructure/snapshots/embedded/embedded-snapshots.js';
import { failureOf } from '../support/failure-of.js';

const snapshot = (revision: bigint, text = 'né'): Snapshot => ({
  revision,
  position: '00000000000000ff' as Position,
  eventId: `event-${revision}`,
  state: JSON.stringify({ text }),
  commands: 'one\nanother\n',
});

describe('the embedded snapshots', () => {
  let folder: string;
  const file = (): string => join(folder, 'snapshots.db');
  const openAs = (shape: string, told: unknown[] = []): EmbeddedSnapshots =>
    new EmbeddedSnapshots({ folder, shape, onDamage: (error) => told.push(error) });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boxoffice-snapshots-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('give the last snapshot of a stream, also after a restart', async () => {
    const first = openAs('a');
    expect(await first.find('sale-1')).to.equal(undefined);
    await first.keep('sale-1', snapshot(10n));
    await first.keep('sale-1', snapshot(20n, 'x'.repeat(200_000)));
    await first.keep('sale-2', snapshot(3n));
    await first.close();
    const second = openAs('a');
    expect(await second.find('sale-1')).to.deep.equal(snapshot(20n, 'x'.repeat(200_000)));
    expect(await second.find('sale-2')).to.deep.equal(snapshot(3n));
    await second.drop('sale-2');
    expect(await second.find('sale-2')).to.equal(undefined);
    await second.close();
  });

  it('forget what other code wrote', async () => {
    const first = openAs('a');
    await first.keep('sale-1', snapshot(10n));
    await first.close();
    await openAs('b').close();
    const again = openAs('a');
    expect(await again.find('sale-1')).to.equal(undefined);
    await again.close();
  });

  it('refuse a snapshot whose bytes turned, once', async () => {
    for (const column of ['revision', 'position', 'event_id', 'state', 'commands']) {
      const first = openAs('a');
      await first.keep('sale-1', snapshot(10n));
      await first.close();
      const db = new DatabaseSync(file());
      db.exec(`UPDATE snapshot SET ${column} = replace(replace(${column}, 'e', 'f'), 'ff', '00') || '1'`);
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
    await snapshots.keep('sale-1', snapshot(1n));
    expect(await snapshots.find('sale-1')).to.deep.equal(snapshot(1n));
    await snapshots.close();
  });

  it('throw away a file that turns out to be damaged at work', async () => {
    const first = openAs('a');
    for (let n = 0; n < 200; n++) await first.keep(`sale-${n}`, snapshot(BigInt(n), 'x'.repeat(5_000)));
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
    await snapshots.keep('sale-7', snapshot(7n));
    expect(await snapshots.find('sale-7')).to.deep.equal(snapshot(7n));
    await snapshots.close();
    expect((await readFile(file())).includes(Buffer.alloc(64, 0x55))).to.equal(false);
  });
});
