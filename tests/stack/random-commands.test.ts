import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { CommandHandler } from '../../src/application/command-handler.js';
import { modelOf } from '../../src/application/invariants/invariant-model.js';
import { order } from '../../src/domain/ticketing/order.js';
import { sale } from '../../src/domain/ticketing/sale.js';
import { availability } from '../../src/domain/ticketing/sale-state.js';
import { ticket } from '../../src/domain/ticketing/ticket.js';
import { ticketOf } from '../../src/domain/ticketing/ticket-state.js';
import type { Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { tokens } from '../../src/main/tokens.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';
import { until } from '../support/until.js';

const commands = 1_000;

/** What a step does: which of them, and to which of the things that there are by then. */
const steps = fc.array(fc.record({ kind: fc.nat(9), which: fc.nat(1_000_000) }), {
  minLength: commands,
  maxLength: commands,
});

describe('after a thousand random commands', () => {
  let folder: string;
  let platform: LocalPlatform;

  beforeEach(async () => {
    folder = await newFolder();
    platform = await startHere(folder);
  });

  afterEach(async () => {
    await platform.stop();
    await removeFolder(folder);
  });

  it('every view equals the fold of the streams (TIX-15, CORE-2)', async function () {
    this.timeout(120_000);
    const seed = 20_261;
    const [script] = fc.sample(steps, { seed, numRuns: 1 });
    const { shop, api } = platform;
    const sales = [await shop.openSale({ capacity: 60, perPersonLimit: 500 }), await shop.openSale({ capacity: 300 })];
    const cards = ['4242424242424242', '4000000000000002'];
    const orders: string[] = [];
    const tickets: Schemas['Ticket'][] = [];
    const pick = (list: readonly string[], which: number): string => list[which % list.length] ?? sales[0] ?? '';

    const run = async ({ kind, which }: { kind: number; which: number }): Promise<void> => {
      const orderId = pick(orders, which);
      if (kind < 4) {
        const placed = await shop.order(pick(sales, which), { quantity: 1 + (which % 3) });
        if (placed.status === 201) orders.push(placed.body.orderId);
      } else if (kind < 7) {
        const token = await shop.testCard(pick(cards, which % 5 === 0 ? 1 : 0));
        const paid = await shop.pay(orderId, token);
        if (paid.status === 201) {
          tickets.push(...(await shop.ticketsOf(orderId, paid.token)));
        }
      } else if (kind === 7) {
        const name = which % 2 === 0 ? 'cancel' : 'extend';
        await api.post(`/v1/orders/{orderId}/${name}`, { params: { orderId } });
      } else if (kind === 8) {
        const { ticketId = sales[0] ?? '', secret = 'none' } = tickets[which % tickets.length] ?? {};
        const body = { gateId: 'gate-1', saleIds: sales, nonce: `scan-${which}`, secret };
        await api.post('/v1/tickets/{ticketId}/check-ins', { params: { ticketId }, body });
      } else await api.post('/v1/orders/{orderId}/refunds', { params: { orderId }, body: {} });
    };

    for (let at = 0; at < commands; at += 8) await Promise.all((script ?? []).slice(at, at + 8).map(run));
    const commandHandler = await platform.container.getAsync(CommandHandler);
    const feed = await platform.container.getAsync(tokens.feed);
    await until('the readers', async () => (await feed.lags()).every(({ lag }) => lag === 0));

    for (const saleId of sales) {
      const shown = await shop.saleOf(saleId);
      const { result } = await commandHandler.query(sale, saleId, availability);
      const { capacity, free, held, sold } = shown;
      expect({ capacity, free, held, sold }).to.deep.equal(result);
    }
    for (const orderId of orders) {
      const { result } = await commandHandler.query(order, orderId, ({ status }) => status);
      expect((await shop.orderOf(orderId)).status, orderId).to.equal(result);
    }
    expect(tickets.length).to.be.greaterThan(50);
    for (const orderId of orders) {
      for (const shown of await shop.ticketsOf(orderId)) {
        const { result } = await commandHandler.query(ticket, shown.ticketId, ticketOf);
        expect([shown.status, shown.generation]).to.deep.equal([result?.status, result?.generation]);
      }
    }
    const store = await platform.container.getAsync(tokens.eventStore);
    const model = await modelOf(store, openCatalogue());
    expect(model.violations({ isQuiescent: true })).to.deep.equal([]);
    for (const projector of await platform.container.getAsync(tokens.projectors)) {
      expect((await projector.verify()).differences, projector.group).to.deep.equal([]);
    }
  });
});
