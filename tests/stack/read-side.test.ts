import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { StatementQueries } from '../../src/application/banking/statement-queries.js';
import { Cursors } from '../../src/application/cursor.js';
import { DeliveryQueries } from '../../src/application/feed/delivery-queries.js';
import { dueTimesOf } from '../../src/application/processes/due-times.js';
import { OrderQueries } from '../../src/application/ticketing/order-queries.js';
import { SaleQueries } from '../../src/application/ticketing/sale-queries.js';
import { TicketQueries } from '../../src/application/ticketing/ticket-queries.js';
import { purchase } from '../../src/domain/ticketing/purchase.js';
import { views } from '../../src/main/catalogue.js';
import { statement } from '../../src/projections/banking/statement.js';
import type { View } from '../../src/projections/projection.js';
import { availability } from '../../src/projections/ticketing/availability.js';
import { needsHuman } from '../../src/projections/ticketing/needs-human.js';
import { orders } from '../../src/projections/ticketing/orders.js';
import { day, history } from '../support/history.js';
import { ReadSide } from '../support/read-side.js';
import { tempFolder, until } from '../support/temp-store.js';

const cursors = new Cursors(new Uint8Array(32).fill(7));

const euros = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

const dueTimes = dueTimesOf(purchase);

describe('read side', () => {
  let folder: string;
  let side: ReadSide;
  beforeEach(async () => {
    folder = await tempFolder();
    side = await ReadSide.open(folder);
    side.join();
  });
  afterEach(async () => {
    await side.close();
    await rm(folder, { recursive: true, force: true });
  });

  const happen = async (): Promise<void> => {
    for (const [stream, ...events] of history) await side.append(stream, ...events);
    await side.caughtUp();
  };

  const remove = async (name: string): Promise<void> => {
    for (const suffix of ['', '-wal', '-shm']) await rm(join(folder, name + suffix), { force: true });
  };

  /** Closes all, loses a file, and opens again; the feed isn't joined yet. */
  const reopen = async (lost?: string): Promise<void> => {
    await side.close();
    if (lost !== undefined) await remove(lost);
    side = await ReadSide.open(folder);
  };

  const documents = async (): Promise<Record<string, unknown>> => {
    const all: Record<string, unknown> = {};
    for (const projection of views) {
      for (const collection of Object.keys(projection.collections)) {
        all[`${projection.name}/${collection}`] = await side.views.find(projection, collection, { limit: 1_000 });
      }
    }
    return all;
  };

  const differences = async (projection: View) => (await side.projector(projection).verify()).differences;

  const expectRight = async (): Promise<void> => {
    for (const projection of views) expect(await differences(projection), projection.name).to.deep.equal([]);
  };

  describe('shows what happened', () => {
    beforeEach(happen);

    it('of a sale', async () => {
      const sales = new SaleQueries(side.views, cursors);
      const sale = await sales.get('s');
      expect(sale).to.deep.include({ status: 'open', capacity: 3, held: 0, sold: 2, free: 1, revision: '4' });
      expect(sale?.seats).to.deep.equal([
        { seat: 'A 1', status: 'sold' },
        { seat: 'A 2', status: 'sold' },
        { seat: '3', status: 'free' },
      ]);
      expect((await sales.list({ status: 'open' })).items.map(({ saleId }) => saleId)).to.deep.equal(['s']);
      expect((await sales.list({ status: 'closed' })).items).to.deep.equal([]);
      expect(await sales.get('none')).to.equal(undefined);
    });

    it('of an order, with what its payments and refunds say together', async () => {
      const order = await new OrderQueries(side.views, cursors).get('o');
      expect(order).to.deep.include({
        status: 'partially_refunded',
        total: euros(3_000),
        expiresAt: day + 96_000,
        ticketIds: ['t-1', 't-2'],
        seats: ['A 1', 'A 2'],
        needsHuman: { reason: 'bank_silent', since: day + 4 },
        revision: '14',
      });
      expect(order?.payments).to.deep.equal([
        { transactionId: 'x-1', status: 'declined', code: 'declined' },
        { transactionId: 'x-2', status: 'captured', card: { brand: 'visa', lastFour: '4242' } },
      ]);
      expect(order?.refunds.map(({ refundId, status }) => [refundId, status])).to.deep.equal([
        ['r-1', 'paid'],
        ['r-2', 'requested'],
      ]);
    });

    it('of tickets', async () => {
      const tickets = new TicketQueries(side.views);
      expect((await tickets.ofOrder('o')).map(({ ticketId, status, seat }) => [ticketId, status, seat])).to.deep.equal([
        ['t-1', 'cancelled', 'A 1'],
        ['t-2', 'inside', 'A 2'],
      ]);
      expect(await tickets.get('t-2')).to.deep.include({ checkedInAt: day + 12, generation: 1 });
      expect(await tickets.ofOrder('none')).to.deep.equal([]);
    });

    it('of a card: no line for what was declined, none booked before it is', async () => {
      const shown = await new StatementQueries(side.views, cursors).statement({ cardId: 'k' });
      expect(shown).to.deep.include({ openingBalance: euros(0), closingBalance: euros(-3_000), revision: '4' });
      expect(shown?.items).to.deep.equal([
        {
          lineId: 'r-1',
          creditDebit: 'C',
          status: 'future',
          amount: euros(1_500),
          description: 'Refund',
          at: day + 11,
        },
        {
          lineId: 'x-2',
          creditDebit: 'D',
          status: 'booked',
          amount: euros(3_000),
          description: 'Noite',
          at: day + 5,
          bookedAt: day + 8,
          runningBalance: euros(-3_000),
        },
      ]);
    });

    it('of what waits for a person, once for each reason', async () => {
      const queries = new OrderQueries(side.views, cursors);
      await side.append(
        'order-late',
        {
          type: 'PlacesLost',
          data: { transactionId: 'x-3', lostAt: day + 4 },
        },
        { type: 'HumanNeeded', data: { reason: 'bank_silent', since: day + 4 } },
      );
      await side.caughtUp([needsHuman]);
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await queries.needsHuman({ limit: 1, ...(cursor !== undefined && { cursor }) });
        seen.push(...page.items.map(({ orderId, reason }) => `${orderId} ${reason}`));
        cursor = page.next;
        if (cursor === undefined) break;
      }
      expect(seen).to.deep.equal(['late bank_silent', 'late paid_after_expiry', 'o bank_silent']);
    });
  });

  it('keeps a second refund open when the first ends', async () => {
    await happen();
    const due = await side.views.find(dueTimes, 'due', { where: { dueAt: { $gt: 0 } }, limit: 10 });
    expect(due.map(({ _id }) => _id)).to.deep.equal(['o']);
    await side.append('order-o', { type: 'RefundRefused', data: { refundId: 'r-2', code: 'no', refusedAt: day + 20 } });
    await side.caughtUp([dueTimes]);
    const left = await side.views.find(dueTimes, 'due', { where: { dueAt: { $gt: 0 } }, limit: 10 });
    expect(left).to.deep.equal([]);
  });

  it('has come far enough also behind an event that a projection does not take', async () => {
    const { position } = await side.append('transaction-x', {
      type: 'TransactionVoided',
      data: { transactionId: 'x', voidedAt: day },
    });
    for (const projection of views) {
      const isThere = await side.progress.waitFor(projection, [{ partition: 0, position }], { timeoutMs: 10_000 });
      expect(isThere, projection.name).to.equal(true);
    }
  });

  it('says which readers an event has reached', async () => {
    await happen();
    const [event] = await side.store.read('sale-s');
    const deliveries = new DeliveryQueries(side.store, side.feed, side.park);
    expect(event).to.include({ stream: 'sale-s', revision: 0n });
    expect(await deliveries.ofEvent('sale-s', 0n)).to.deep.equal(
      views.map(({ name }) => ({ group: name, status: 'done' })).sort((a, b) => (a.group < b.group ? -1 : 1)),
    );
    expect(await deliveries.ofEvent('sale-s', 1_000n)).to.equal(undefined);
    expect(await deliveries.ofEvent('sale-none', 0n)).to.equal(undefined);
    const waiting = side.feed.subscribe({ group: 'away', handle: () => Promise.reject(new Error('away')) });
    expect(await deliveries.ofEvent('sale-s', 0n)).to.deep.include({ group: 'away', status: 'pending' });
    await waiting.stop();
  });

  it('says of an event that was set aside why, and that it was given up', async () => {
    await happen();
    const [event] = await side.store.read('sale-s');
    if (event === undefined) throw new Error('nothing happened');
    const deliveries = new DeliveryQueries(side.store, side.feed, side.park);
    const { stream, revision, position } = event;
    const key = { group: 'orders', stream, revision };
    await side.park.park({ ...key, position, partition: 0, reason: 'no such thing', since: day });
    expect(await deliveries.ofEvent(stream, revision)).to.deep.include({
      group: 'orders',
      status: 'parked',
      reason: 'no such thing',
    });
    await side.park.skip(key, 'not needed', day);
    expect(await deliveries.ofEvent(stream, revision)).to.deep.include({
      group: 'orders',
      status: 'skipped',
      reason: 'not needed',
    });
  });

  describe('is made again from the events', () => {
    beforeEach(happen);

    it('when the views are lost', async () => {
      const before = await documents();
      await reopen('views.db');
      side.join();
      await side.caughtUp();
      expect(await documents()).to.deep.equal(before);
      await expectRight();
    });

    it('when the feed forgot where its readers were', async () => {
      const before = await documents();
      await reopen('feed.db');
      side.join();
      await atHead();
      expect(await documents()).to.deep.equal(before);
      await expectRight();
    });

    it('when the views are of a store that had more events', async () => {
      await reopen('events.db');
      side.join();
      const isEmpty = async () => Object.values(await documents()).every((found) => JSON.stringify(found) === '[]');
      await until('the views are as empty as the store', isEmpty);
      await happen();
      await expectRight();
    });
  });

  it('is made of all events where the views were lost before the first', async () => {
    const file = new DatabaseSync(join(folder, 'views.db'), { timeout: 10_000 });
    file.exec('DELETE FROM generations');
    file.close();
    await happen();
    await expectRight();
  });

  it('names a document that was changed by hand', async () => {
    await happen();
    await expectRight();
    const file = new DatabaseSync(join(folder, 'views.db'), { timeout: 10_000 });
    const tables = file
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'view_*_cards'")
      .all();
    expect(tables).to.have.length(1);
    file.exec(`UPDATE "${String(tables[0]?.name)}" SET doc = json_set(doc, '$.balanceMinor', 1)`);
    file.close();
    expect(await differences(statement)).to.deep.equal([
      { collection: 'cards', id: 'k', problem: 'different', fields: ['balanceMinor'] },
    ]);
    expect(await differences(availability)).to.deep.equal([]);
    await side.projector(statement).rebuild();
    expect(await differences(statement)).to.deep.equal([]);
  });

  it('parks what it can not read, and goes on with other streams', async () => {
    await side.store.append(
      'order-broken',
      [{ id: crypto.randomUUID(), type: 'OrderCancelled', data: '{"cancelledAt":"x"}', metadata: '{}' }],
      'no-stream',
    );
    await happen();
    const parked = await side.park.list(orders.name);
    expect(parked.map(({ stream }) => stream)).to.deep.equal(['order-broken']);
    expect(await new OrderQueries(side.views, cursors).get('o')).to.deep.include({ status: 'partially_refunded' });
  });

  /** Every reader of the feed has taken all again. */
  const atHead = async (): Promise<void> => {
    const head = await side.store.head();
    await until('every reader is at the head', async () =>
      (await side.feed.lags()).every(({ position }) => position === head),
    );
  };
});
