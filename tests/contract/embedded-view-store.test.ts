import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import { OtherGeneration, ViewsUnavailable } from '../../src/application/ports/views.js';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { ViewsFile } from '../../src/infrastructure/views/embedded/views-file.js';
import { beginEmpty } from '../support/begin-empty.js';
import { failureOf } from '../support/failure-of.js';
import { tempFolder } from '../support/temp-store.js';
import { at, event, things } from '../support/things.js';
import { viewDeletesContract } from './view-deletes.contract.js';
import { viewGenerationsContract } from './view-generations.contract.js';
import { type ViewStoreUnderTest, viewStoreContract } from './view-store.contract.js';

const open = (partitions: number) => async (): Promise<ViewStoreUnderTest> => {
  const folder = await tempFolder();
  let views = EmbeddedViewStore.open({ folder });
  const beside = EmbeddedViewStore.open({ folder });
  return {
    partitions,
    views,
    beside,
    reopen: async () => {
      await views.close();
      views = EmbeddedViewStore.open({ folder });
      return views;
    },
    dispose: async () => {
      await views.close();
      await beside.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

for (const partitions of [1, 8]) {
  const name = `embedded, partitions: ${partitions}`;
  viewStoreContract(name, open(partitions));
  viewDeletesContract(name, open(partitions));
  viewGenerationsContract(name, open(partitions));
}

describe('embedded view store', () => {
  let folder: string;
  let views: EmbeddedViewStore;
  beforeEach(async () => {
    folder = await tempFolder();
    views = EmbeddedViewStore.open({ folder });
    await beginEmpty(views, things);
    await views.apply(things, 0, [event(1, { id: 'a', $set: { count: 1 } })], at(2));
  });
  afterEach(async () => {
    await views.close();
    await rm(folder, { recursive: true });
  });

  it('tells how the live generation stands', async () => {
    expect(await views.live(things)).to.deep.equal({ version: 1, checkpoints: [at(2)] });
    await views.apply(things, 2, [], at(3));
    expect(await views.live(things)).to.deep.equal({ version: 1, checkpoints: [at(2), beginning, at(3)] });
    expect([await views.count(things), await views.count({ ...things, name: 'unknown' })]).to.deep.equal([1, 0]);
    expect(await views.live({ ...things, name: 'unknown' })).to.equal(undefined);
  });

  it('copies all views as they are', async () => {
    const other = await tempFolder();
    views.copyTo(other);
    await views.apply(things, 0, [event(3, { id: 'b', $set: { count: 1 } })], at(3));
    const copy = EmbeddedViewStore.open({ folder: other });
    expect(await copy.live(things)).to.deep.include({ checkpoints: [at(2)] });
    expect(await copy.count(things)).to.equal(1);
    expect(await copy.get(things, 'things', 'a')).to.deep.equal({ _id: 'a', count: 1 });
    await copy.close();
    await rm(other, { recursive: true });
  });

  it('keeps the documents of the schema before', async () => {
    await views.close();
    const file = new DatabaseSync(join(folder, 'views.db'));
    file.exec('ALTER TABLE generations DROP COLUMN token; ALTER TABLE generations DROP COLUMN retired_at');
    file.exec('PRAGMA user_version = 1');
    file.close();
    views = EmbeddedViewStore.open({ folder });
    expect(await views.get(things, 'things', 'a')).to.deep.equal({ _id: 'a', count: 1 });
    await (await views.rebuild(things, 1)).promote();
    expect(await views.get(things, 'things', 'a')).to.equal(undefined);
  });

  it('drops a retired generation after its time, and one in the making that was left behind', async () => {
    const tables = (): unknown[] => {
      const file = new DatabaseSync(join(folder, 'views.db'), { readOnly: true });
      const rows = file.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'view_*_things' ORDER BY name").all();
      file.close();
      return rows.map(({ name }) => name);
    };
    await views.rebuild(things, 1);
    await (await views.rebuild(things, 2)).promote();
    expect(tables()).to.deep.equal(['view_1_things', 'view_2_things', 'view_3_things']);
    await views.dropRetired(things, 60_000);
    expect(tables()).to.have.length(3);
    await views.dropRetired(things, 0);
    expect(tables()).to.deep.equal(['view_2_things', 'view_3_things']);
    await views.dropUnfinished(things, 2);
    expect(tables()).to.deep.equal(['view_3_things']);
  });

  it('says that it is away when the disk is full, and blames no event', () => {
    const file = new ViewsFile(join(folder, 'views.db'), false, () => undefined);
    const fill = (): void =>
      file.write((connection) => {
        connection.exec('PRAGMA max_page_count = 1');
        connection.exec('CREATE TABLE large AS SELECT zeroblob(1000000) AS content');
      });
    expect(fill).to.throw(ViewsUnavailable);
    file.close();
  });

  it('folds a rebuild that is larger than what it keeps in memory as any other', async () => {
    const text = 'x'.repeat(20_000);
    const rebuild = await views.rebuild(things);
    for (let turn = 1; turn <= 10; turn++) {
      // Some are touched in every turn, others only in the first and the last, when they were let go long ago.
      const wanted = Array.from({ length: 200 }, (_, index) => index).filter(
        (index) => index < 100 || turn === 1 || turn === 10,
      );
      const events = wanted.map((index) =>
        event(turn * 1_000 + index, { id: `d${index}`, $inc: { count: 1 }, $set: { text: `${text}${turn}` } }),
      );
      await rebuild.apply(0, events, at(turn * 1_000 + 999));
      await rebuild.apply(0, events, at(turn * 1_000 + 999));
    }
    await rebuild.promote();
    for (let index = 0; index < 200; index++) {
      const due = { _id: `d${index}`, count: index < 100 ? 10 : 2, text: `${text}10` };
      expect(await views.get(things, 'things', `d${index}`)).to.deep.equal(due);
    }
  });

  it('promotes nothing of a rebuild that was given a change which it refuses', async () => {
    const rebuild = await views.rebuild(things);
    const broken = [event(5, { id: 'b', $inc: { count: 1 } }), event(6, { id: 'b', $set: { '0': 1 } })];
    expect(await failureOf(rebuild.apply(0, broken, at(6)))).to.be.instanceOf(Error);
    expect(await failureOf(rebuild.promote())).to.be.instanceOf(OtherGeneration);
    expect(await views.get(things, 'things', 'a')).to.deep.equal({ _id: 'a', count: 1 });
  });
});
