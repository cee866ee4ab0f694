import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { EmbeddedLeases } from '../../src/infrastructure/leases/embedded/embedded-leases.js';
import { tempFolder } from '../support/temp-store.js';
import { leasesContract } from './leases.contract.js';

leasesContract('embedded', async () => {
  const folder = await tempFolder();
  const leases = new EmbeddedLeases(folder);
  const beside = new EmbeddedLeases(folder);
  return {
    leases,
    beside,
    dispose: async () => {
      await leases.close();
      await beside.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('embedded leases', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('give greater tokens also after their file was lost', async () => {
    let leases = new EmbeddedLeases(folder);
    const before = await leases.claim('work', 'a', 1);
    await leases.close();
    await rm(join(folder, 'leases.db'));
    leases = new EmbeddedLeases(folder);
    const after = await leases.claim('work', 'a', 1);
    await leases.close();
    expect(after?.token).to.be.greaterThan(before?.token ?? Number.NaN);
  });

  it('lapse at once where the clock went back behind their claim', async () => {
    const leases = new EmbeddedLeases(folder);
    await leases.claim('work', 'a', 60_000);
    const file = new DatabaseSync(join(folder, 'leases.db'));
    file.exec('UPDATE lease SET expires_at = expires_at + 3600000');
    file.close();
    expect(await leases.claim('work', 'b', 60_000)).to.not.equal(undefined);
    await leases.close();
  });

  it('refuse a file that a newer build wrote', async () => {
    await new EmbeddedLeases(folder).close();
    const file = new DatabaseSync(join(folder, 'leases.db'));
    file.exec('PRAGMA user_version = 99');
    file.close();
    expect(() => new EmbeddedLeases(folder)).to.throw('leases.db has schema version 99');
  });
});
