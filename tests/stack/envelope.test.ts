import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { schemaVersionOf } from '../../src/application/event-catalogue.js';
import { beginning, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { tokens } from '../../src/main/tokens.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';

const buyer = { email: 'zuleika.canary@example.com', name: 'Zuleika Canary' };

const members = ['schemaVersion', 'correlationId', 'causationId', 'fingerprint', 'actor', 'traceparent'];

describe('the envelope of an event', () => {
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

  const allEvents = async (): Promise<readonly RecordedEvent[]> => {
    const store = await platform.container.getAsync(tokens.eventStore);
    return (await store.readAll(beginning, { limit: 1_000 })).events;
  };

  it('is apart from the payload, typed, and never repeats personal data (OPS-27, STR-6)', async () => {
    const { shop } = platform;
    await shop.buy(await shop.openSale(), await shop.issueCard(), { buyer });
    const events = await allEvents();
    expect(events.some(({ data }) => data.includes(buyer.email))).to.equal(true);
    for (const stored of events) {
      const { id, type, stream, revision, recordedAt, metadata } = stored;
      expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect([typeof type, typeof stream, typeof revision]).to.deep.equal(['string', 'string', 'bigint']);
      expect(schemaVersionOf(stored)).to.be.greaterThan(0);
      expect(new Date(recordedAt).toISOString()).to.match(/Z$/);
      const envelope: unknown = JSON.parse(metadata);
      expect(envelope).to.include.keys('correlationId', 'causationId');
      expect(Object.keys(envelope as object)).to.satisfy((names: readonly string[]) =>
        names.every((name) => members.includes(name)),
      );
      expect(metadata).not.to.match(/zuleika|canary/i);
    }
  });

  it('carries buyer, order lines and order time together, the time in UTC (OPS-29)', async () => {
    const { shop } = platform;
    const before = Date.now();
    await shop.order(await shop.openSale(), { quantity: 2, buyer });
    const placed = (await allEvents()).find(({ type }) => type === 'OrderPlaced');
    const data = JSON.parse(placed?.data ?? '{}');
    expect(data.buyer).to.deep.equal(buyer);
    expect(data.lines).to.deep.equal([
      { description: 'The Last Night', quantity: 2, unitPrice: { amountMinor: 4_500, currency: 'EUR' } },
    ]);
    expect(data.placedAt).to.be.within(before, Date.now());
  });

  it('names with one id all that a request set off, at the bank too', async () => {
    const { shop } = platform;
    const { token } = await shop.issueCard();
    const { body } = await shop.order(await shop.openSale());
    const paid = await shop.pay(body.orderId, token);
    const traceId = paid.headers.get('trace-id');
    const ofPayment = (await allEvents()).filter(({ metadata }) => JSON.parse(metadata).correlationId === traceId);
    expect(ofPayment.map(({ type }) => type)).to.include.members(['PaymentStarted', 'PlacesSold', 'TicketIssued']);
  });

  it('names an event by its stream and revision, also for those who ask which readers have taken it', async () => {
    const saleId = await platform.shop.openSale();
    const deliveriesOf = (stream: string, revision: string) =>
      platform.operator.get('/v1/streams/{stream}/events/{revision}/deliveries', { params: { stream, revision } });
    const { status, body } = await deliveriesOf(`sale-${saleId}`, '1');
    expect(status).to.equal(200);
    expect(body.items.map(({ group }) => group)).to.include('availability');
    expect((await deliveriesOf(`sale-${saleId}`, '99')).status).to.equal(404);
    expect((await deliveriesOf('sale-none', '0')).status).to.equal(404);
    for (const revision of ['-1', 'first', '1'.repeat(19)]) {
      expect((await deliveriesOf(`sale-${saleId}`, revision)).status, revision).to.equal(400);
    }
  });
});
