import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CommandHandler } from '../../src/application/command-handler.js';
import { streamOf } from '../../src/domain/decider.js';
import { sale } from '../../src/domain/ticketing/sale.js';
import { availability } from '../../src/domain/ticketing/sale-state.js';
import { tokens } from '../../src/main/tokens.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';

const holds = 80;

const placesOf = async ({ container }: LocalPlatform, saleId: string) => {
  const commandHandler = await container.getAsync(CommandHandler);
  return (await commandHandler.query(sale, saleId, availability)).result;
};

const snapshotOf = async ({ container }: LocalPlatform, saleId: string) =>
  (await container.getAsync(tokens.snapshots)).find(streamOf(sale, saleId));

describe('snapshots of the platform', () => {
  it('are written at the end of a process, used by the next, and may be lost', async () => {
    const folder = await newFolder();
    let platform = await startHere(folder);
    try {
      const saleId = await platform.shop.openSale({ capacity: 100 });
      const placed = await Promise.all(Array.from({ length: holds }, () => platform.shop.order(saleId)));
      expect(new Set(placed.map(({ status }) => status))).to.deep.equal(new Set([201]));
      const before = await placesOf(platform, saleId);
      expect(before).to.deep.equal({ capacity: 100, free: 20, held: holds, sold: 0 });
      await platform.stop();

      platform = await startHere(folder);
      expect(await snapshotOf(platform, saleId)).to.have.property('revision', BigInt(holds + 1));
      expect(await placesOf(platform, saleId)).to.deep.equal(before);
      expect((await platform.shop.order(saleId)).status).to.equal(201);
      await platform.stop();

      await truncate(join(folder, 'snapshots.db'), 5_000);
      platform = await startHere(folder);
      expect(await snapshotOf(platform, saleId)).to.equal(undefined);
      expect(await placesOf(platform, saleId)).to.deep.equal({ ...before, free: 19, held: holds + 1 });
    } finally {
      await platform.stop();
      await removeFolder(folder);
    }
  });
});
