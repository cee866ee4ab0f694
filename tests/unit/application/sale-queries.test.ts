import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { Cursors, InvalidCursor } from '../../../src/application/cursor.js';
import type { Position } from '../../../src/application/ports/event-store.js';
import { SaleQueries } from '../../../src/application/ticketing/sale-queries.js';
import { EmbeddedViewStore } from '../../../src/infrastructure/views/embedded/embedded-view-store.js';
import { listKey } from '../../../src/projections/list-key.js';
import { availability } from '../../../src/projections/ticketing/availability.js';
import { beginEmpty } from '../../support/begin-empty.js';
import { tempFolder } from '../../support/temp-store.js';

describe('list of sales', () => {
  let folder: string;
  let views: EmbeddedViewStore;
  let queries: SaleQueries;
  before(async () => {
    folder = await tempFolder();
    views = EmbeddedViewStore.open({ folder });
    await beginEmpty(views, availability);
    queries = new SaleQueries(views, new Cursors(new Uint8Array(32)));
    const changes = Array.from({ length: 7 }, (_, index) => {
      const [id, startsAt, status] = [`s${index}`, index < 4 ? 5 : 10 - index, index % 2 === 0 ? 'open' : 'paused'];
      const $set = { saleId: id, startsAt, status, capacity: 9, held: 1, sold: 2, listKey: listKey(startsAt, id) };
      return { collection: 'sales', id, $set };
    });
    const position = '1' as Position;
    await views.apply(availability, 0, [{ position, changes }], position);
  });
  after(async () => {
    await views.close();
    await rm(folder, { recursive: true, force: true });
  });

  const walk = async (towards: 'next' | 'prev', query: Parameters<SaleQueries['list']>[0]) => {
    const pages = [await queries.list(query)];
    for (let cursor = pages[0]?.[towards]; cursor !== undefined; cursor = pages.at(-1)?.[towards]) {
      pages.push(await queries.list({ ...query, cursor }));
    }
    return pages;
  };
  const idsOf = (pages: Awaited<ReturnType<typeof walk>>) =>
    pages.map(({ items }) => items.map(({ saleId }) => saleId));

  it('goes by the begin of the show, page by page, and back', async () => {
    const there = await walk('next', { limit: 3 });
    expect(idsOf(there)).to.deep.equal([['s6', 's0', 's1'], ['s2', 's3', 's5'], ['s4']]);
    expect(there.map(({ next, prev }) => [next !== undefined, prev !== undefined])).to.deep.equal([
      [true, false],
      [true, true],
      [false, true],
    ]);
    const cursor = there.at(-1)?.prev ?? '';
    expect(idsOf(await walk('prev', { limit: 3, cursor }))).to.deep.equal([
      ['s2', 's3', 's5'],
      ['s6', 's0', 's1'],
    ]);
  });

  it('keeps to the status, and its cursors too', async () => {
    const open = await walk('next', { limit: 1, status: 'open' });
    expect(idsOf(open).flat()).to.deep.equal(['s6', 's0', 's2', 's4']);
    const refusal = await queries.list({ cursor: open[0]?.next ?? '' }).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(InvalidCursor);
  });

  it('says what is free', async () => {
    expect((await queries.list({ limit: 1 })).items[0]).to.deep.include({ free: 6, held: 1, sold: 2, capacity: 9 });
  });

  it('has each sale once that was there when a walk began, while others are announced and figures change', async () => {
    const due = idsOf(await walk('next', {})).flat();
    const seen: string[] = [];
    let events = 1;
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await queries.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ saleId }) => saleId));
      const changes = [0, 5, 20].map((startsAt) => {
        const id = `new${startsAt}-${events}`;
        return {
          collection: 'sales',
          id,
          $set: { saleId: id, startsAt, status: 'open', listKey: listKey(startsAt, id) },
        };
      });
      const sold = due.map((id) => ({ collection: 'sales', id, $inc: { sold: 1 } }));
      const position = String(++events) as Position;
      await views.apply(availability, 0, [{ position, changes: [...changes, ...sold] }], position);
      cursor = events > 9 ? undefined : page.next;
    }
    expect(seen.filter((id) => due.includes(id))).to.deep.equal(due);
    expect(new Set(seen)).to.have.property('size', seen.length);
  });
});
