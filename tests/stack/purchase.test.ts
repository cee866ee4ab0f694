import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { RecordedEvent } from '../../src/application/ports/event-store.js';
import { ApiClient, type Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { Backbone } from '../support/backbone.js';
import { newFolder, removeFolder, startHere } from '../support/platform.js';
import { describeKafka } from '../support/servers.js';
import { Shop, terms } from '../support/shop.js';
import { until } from '../support/until.js';

/** The platform, in whatever way it runs. */
interface Started {
  readonly api: ApiClient;
  readonly shop: Shop;
  eventsOf(stream: string): Promise<readonly RecordedEvent[]>;
  stop(): Promise<void>;
}

const inOneProcess = async (): Promise<Started> => {
  const { api, shop, eventsOf, folder, stop } = await startHere(await newFolder());
  return { api, shop, eventsOf, stop: () => stop().then(() => removeFolder(folder)) };
};

const overTheBackbone = async (): Promise<Started> => {
  const processes = { bank: 1, 'command-api,worker': 1, 'relay,projector': 1, 'query-api': 1 };
  const backbone = await Backbone.start({ processes });
  // A read that its view hasn't come to yet is sent again.
  const api = new ApiClient(backbone.api.url, 10);
  const { store } = backbone;
  return { api, shop: new Shop(api), eventsOf: (stream) => store.read(stream), stop: () => backbone.stop() };
};

for (const [way, describeWay, start] of [
  ['in one process', describe, inOneProcess],
  ['over an event store, Kafka and MongoDB', describeKafka, overTheBackbone],
] as const) {
  describeWay(`a purchase over HTTP, ${way}`, function () {
    this.timeout(120_000);
    let platform: Started;
    let shop: Shop;

    before(async () => {
      platform = await start();
      shop = platform.shop;
    });

    after(() => platform.stop());

    const typesOf = async (stream: string): Promise<readonly string[]> =>
      (await platform.eventsOf(stream)).map(({ type }) => type);

    it('leads from the sale to tickets and a line on the statement', async () => {
      const saleId = await shop.openSale({ capacity: 3 });
      const card = await shop.issueCard(20_000);
      const placed = await shop.order(saleId, { quantity: 2 });
      expect(placed.status).to.equal(201);
      expect(placed.headers.get('location')).to.equal(`/v1/orders/${placed.body.orderId}`);
      expect(placed.body).to.include({ status: 'awaiting_payment', quantity: 2, saleId });
      expect(placed.body.total).to.deep.equal({ amountMinor: 9_000, currency: 'EUR' });
      const { orderId } = placed.body;
      const paid = await shop.pay(orderId, card);
      expect(paid.status).to.equal(201);
      expect(paid.body).to.include({ orderId, status: 'paid', orderStatus: 'fulfilled' });

      expect(await shop.orderOf(orderId, paid.token)).to.include({ status: 'fulfilled' });
      const tickets = await shop.ticketsOf(orderId, paid.token);
      expect(new Set(tickets.map(({ ticketId }) => ticketId)).size).to.equal(2);
      for (const ticket of tickets) expect(ticket).to.include({ status: 'issued', generation: 1 });
      expect(await shop.saleOf(saleId, paid.token)).to.include({ capacity: 3, free: 1, held: 0, sold: 2 });
      const lines = async () => (await shop.statementOf(card.cardId)).items;
      await until('the purchase is booked', async () => (await lines())[0]?.status === 'booked');
      const statement = await shop.statementOf(card.cardId);
      expect(statement.items).to.have.length(1);
      expect(statement.items[0]).to.deep.include({
        creditDebit: 'D',
        amount: { amountMinor: 9_000, currency: 'EUR' },
        runningBalance: { amountMinor: -9_000, currency: 'EUR' },
        description: 'The Last Night',
      });
      expect(statement.openingBalance.amountMinor).to.equal(0);
      expect(statement.closingBalance.amountMinor).to.equal(-9_000);
    });

    describe('test cards', () => {
      const approved = ['4242424242424242', '5555555555554444', '2223003122003222', '378282246310005'];
      const declined = {
        '4000000000000002': { declineCode: 'declined', mayRetry: false },
        '4000000000009995': { declineCode: 'insufficient_funds', mayRetry: false },
        '4000000000009987': { declineCode: 'declined', mayRetry: false },
        '4000000000009979': { declineCode: 'declined', mayRetry: false },
        '4000000000000069': { declineCode: 'card_expired', mayRetry: false },
        '4000000000000127': { declineCode: 'security_code_wrong', mayRetry: false },
        '4000000000000119': { declineCode: 'processing_error', mayRetry: true },
      };

      for (const number of approved) {
        it(`${number} pays`, async () => {
          const { order } = await shop.buy(await shop.openSale(), await shop.testCard(number));
          expect(order.status).to.equal('fulfilled');
        });
      }

      for (const [number, told] of Object.entries(declined)) {
        it(`${number} is declined (${told.declineCode}), and a second card pays the same order`, async () => {
          const saleId = await shop.openSale({ capacity: 1 });
          const { orderId } = (await shop.order(saleId)).body;
          const refused = await shop.pay(orderId, await shop.testCard(number));
          expect(refused.status).to.equal(402);
          expect(refused.problem).to.deep.include({ code: 'card_declined', orderStatus: 'awaiting_payment', ...told });
          expect(refused.text).not.to.match(/lost|stolen/);
          expect(await shop.saleOf(saleId, refused.token)).to.include({ held: 1, sold: 0 });
          const { payments } = await shop.orderOf(orderId, refused.token);
          expect(payments.map(({ status, code }) => ({ status, code }))).to.deep.equal([
            { status: 'declined', code: told.declineCode },
          ]);
          const paid = await shop.pay(orderId, await shop.testCard('4242424242424242'));
          expect(paid.status).to.equal(201);
          expect(await shop.orderOf(orderId, paid.token)).to.include({ status: 'fulfilled' });
        });
      }

      it('a decline is no line on the statement', async () => {
        const card = await shop.issueCard(4_499);
        const { orderId } = (await shop.order(await shop.openSale())).body;
        expect((await shop.pay(orderId, card)).problem).to.include({ declineCode: 'over_limit' });
        const second = await shop.issueCard(4_500);
        expect((await shop.pay(orderId, second)).status).to.equal(201);
        await until(
          'the second card is charged',
          async () => (await shop.statementOf(second.cardId)).items.length === 1,
        );
        expect((await shop.statementOf(card.cardId)).items).to.deep.equal([]);
      });

      it('a card token pays once: also after a decline the next try needs another', async () => {
        const card = await shop.issueCard(4_500);
        const saleId = await shop.openSale();
        const [dear, cheap] = [await shop.order(saleId, { quantity: 2 }), await shop.order(saleId)];
        const { token, expiresAt } = (await shop.tokenOf(card)).body;
        expect(Date.parse(expiresAt)).to.be.greaterThan(Date.now());
        expect((await shop.pay(dear.body.orderId, token)).problem).to.include({ declineCode: 'over_limit' });
        const key = randomUUID();
        const again = await shop.pay(cheap.body.orderId, token, key);
        expect(again.problem).to.include({ declineCode: 'card_token_used', mayRetry: false });
        expect((await shop.pay(cheap.body.orderId, token, key)).text).to.equal(again.text);
        expect((await shop.pay(cheap.body.orderId, card)).status).to.equal(201);
      });

      it('4242424242424241 fails Luhn and is refused before the bank is asked', async () => {
        const refused = await shop.tokenise('4242424242424241');
        expect(refused.status).to.equal(400);
        expect(refused.problem.errors?.map(({ field }) => field)).to.deep.equal(['number']);
        expect(refused.text).not.to.include('4242424242424241');
      });

      it('a card whose month is over gets no token', async () => {
        const refused = await shop.tokenise('4242424242424242', { expiryMonth: 12, expiryYear: 2024 });
        expect([refused.status, refused.problem.code]).to.deep.equal([422, 'card_expired']);
        expect(refused.problem.errors?.map(({ field }) => field)).to.deep.equal(['expiryYear']);
      });

      it('4000002500003155 asks for a confirmation: 202, then the order becomes fulfilled', async () => {
        const { orderId } = (await shop.order(await shop.openSale())).body;
        const asked = await shop.pay(orderId, await shop.testCard('4000002500003155'));
        expect(asked.status).to.equal(202);
        expect(asked.headers.get('location')).to.equal(`/v1/orders/${orderId}`);
        expect(Number(asked.headers.get('retry-after'))).to.be.at.least(1);
        expect(asked.body).to.include({ status: 'action_required', orderStatus: 'action_required' });
        const second = await shop.pay(orderId, await shop.testCard('4242424242424242'));
        expect([second.status, second.problem.code]).to.deep.equal([409, 'payment_in_progress']);
        const confirmed = await platform.api.send('POST', asked.body.actionUrl ?? '', { body: { outcome: 'approve' } });
        expect(confirmed.status).to.equal(200);
        await shop.orderBecomes(orderId, 'fulfilled');
      });

      it('4000002500003155 rejected by its holder leaves the order payable', async () => {
        const { orderId } = (await shop.order(await shop.openSale())).body;
        const asked = await shop.pay(orderId, await shop.testCard('4000002500003155'));
        expect((await shop.orderOf(orderId, asked.token)).status).to.equal('action_required');
        const rejected = await platform.api.send('POST', asked.body.actionUrl ?? '', { body: { outcome: 'reject' } });
        expect(rejected.status).to.equal(200);
        await shop.orderBecomes(orderId, 'awaiting_payment');
        expect((await shop.pay(orderId, await shop.testCard('4242424242424242'))).status).to.equal(201);
      });
    });

    describe('a confirmation that hangs', () => {
      const hanging = async () => {
        const { orderId } = (await shop.order(await shop.openSale())).body;
        const { body } = await shop.pay(orderId, await shop.testCard('4000002500003155'));
        const giveUp = () =>
          platform.api.post('/v1/orders/{orderId}/payments/{paymentId}/cancel', {
            params: { orderId, paymentId: body.paymentId },
          });
        return { orderId, paymentId: body.paymentId, actionUrl: body.actionUrl ?? '', giveUp };
      };

      it('is given up for another card, which is the only one that pays', async () => {
        const { orderId, paymentId, actionUrl, giveUp } = await hanging();
        for (let time = 0; time < 2; time++) {
          const given = await giveUp();
          expect([given.status, given.body.status]).to.deep.equal([200, 'awaiting_payment']);
        }
        const late = await platform.api.send('POST', actionUrl, { body: { outcome: 'approve' } });
        expect(late.status).to.equal(409);
        expect((await shop.pay(orderId, await shop.testCard('4242424242424242'))).status).to.equal(201);
        expect(await typesOf(`transaction-${paymentId}`)).to.include('TransactionVoided');
        const paid = await giveUp();
        expect([paid.status, paid.body.status]).to.deep.equal([200, 'fulfilled']);
      });

      it('is given up with the order, whose places are free again', async () => {
        const { orderId, giveUp } = await hanging();
        expect((await giveUp()).status).to.equal(200);
        const cancelled = await platform.api.post('/v1/orders/{orderId}/cancel', { params: { orderId } });
        expect([cancelled.status, cancelled.body.status]).to.deep.equal([200, 'cancelled']);
      });

      it('can not be given up once it is paid, and no payment can that nobody knows', async () => {
        const { orderId, actionUrl, giveUp } = await hanging();
        await platform.api.send('POST', actionUrl, { body: { outcome: 'approve' } });
        await shop.orderBecomes(orderId, 'fulfilled');
        const late = await giveUp();
        expect([late.status, late.problem.code]).to.deep.equal([409, 'already_paid']);
        const params = { orderId, paymentId: orderId };
        const unknown = await platform.api.post('/v1/orders/{orderId}/payments/{paymentId}/cancel', { params });
        expect([unknown.status, unknown.problem.code]).to.deep.equal([404, 'not_found']);
      });
    });

    describe('places', () => {
      it('sold out is 409 at once, and leaves no trace', async () => {
        const saleId = await shop.openSale({ capacity: 2 });
        expect((await shop.order(saleId, { quantity: 2 })).status).to.equal(201);
        const late = await shop.order(saleId);
        expect([late.status, late.problem.code]).to.deep.equal([409, 'sold_out']);
        expect(await typesOf(`sale-${saleId}`)).to.deep.equal(['SaleAnnounced', 'SaleOpened', 'PlacesHeld']);
      });

      it('the limit per person counts over orders, however the address is spelled', async () => {
        const saleId = await shop.openSale({ perPersonLimit: 3 });
        const buyer = (email: string) => ({ buyer: { email, name: 'Ana Lima' } });
        expect((await shop.order(saleId, { quantity: 2, ...buyer('ana@example.com') })).status).to.equal(201);
        const more = await shop.order(saleId, { quantity: 2, ...buyer('ANA@example.com') });
        expect([more.status, more.problem.code]).to.deep.equal([409, 'limit_per_person']);
        expect((await shop.order(saleId, { quantity: 1, ...buyer('ana@example.com') })).status).to.equal(201);
        expect((await shop.order(saleId, { quantity: 2, ...buyer('zo\u00eb@example.com') })).status).to.equal(201);
        const composed = await shop.order(saleId, { quantity: 2, ...buyer('ZOE\u0308@example.com') });
        expect([composed.status, composed.problem.code]).to.deep.equal([409, 'limit_per_person']);
      });

      it('a show has a time zone of its own, or UTC; another name is refused', async () => {
        const zoned = await shop.openSale({ timeZone: 'america/sao_paulo' });
        const plain = await shop.openSale();
        const zoneOf = async (saleId: string): Promise<string> => (await shop.saleOf(saleId)).timeZone;
        await until('its zone is shown', async () => (await zoneOf(zoned)) === 'America/Sao_Paulo');
        await until('UTC is shown', async () => (await zoneOf(plain)) === 'UTC');
        const terms = { name: 'X', venue: 'Y', startsAt: '2030-05-04T19:30:00Z', capacity: 1, perPersonLimit: 1 };
        const body = { ...terms, price: { amountMinor: 1, currency: 'EUR' }, holdSeconds: 60, timeZone: 'Mars/Base' };
        const refused = await platform.api.post('/v1/sales', { body });
        expect([refused.status, refused.problem.errors?.map(({ field }) => field)]).to.deep.equal([400, ['timeZone']]);
      });

      it('named seats: all of an order or none', async () => {
        const saleId = await shop.openSale({ seats: ['A 1', 'A 2', 'A 3'] });
        const first = await shop.buy(saleId, await shop.testCard('4242424242424242'), { seats: ['A 2'] });
        expect(first.tickets.map(({ seat }) => seat)).to.deep.equal(['A 2']);
        const taken = await shop.order(saleId, { seats: ['A 1', 'A 2', 'A 3'] });
        expect([taken.status, taken.problem.code]).to.deep.equal([409, 'seats_taken']);
        expect(await shop.saleOf(saleId, first.token)).to.include({ free: 2, held: 0, sold: 1 });
        const rest = await shop.order(saleId, { seats: ['A 1', 'A 3'] });
        expect(rest.status).to.equal(201);
        const { seats } = await shop.saleOf(saleId, rest.token);
        expect(seats).to.deep.equal([
          { seat: 'A 1', status: 'held' },
          { seat: 'A 2', status: 'sold' },
          { seat: 'A 3', status: 'held' },
        ]);
        const unknown = await shop.order(saleId, { seats: ['B 9'] });
        expect([unknown.status, unknown.problem.errors?.[0]?.field]).to.deep.equal([400, 'seats']);
      });

      it('a paused sale takes no orders and opens again; a closed one does not', async () => {
        const saleId = await shop.openSale();
        const held = (await shop.order(saleId)).body;
        for (const step of ['pause', 'close'] as const) {
          expect((await platform.api.post(`/v1/sales/{saleId}/${step}`, { params: { saleId } })).status).to.equal(200);
          const refused = await shop.order(saleId);
          expect(refused.status).to.equal(409);
          expect(refused.problem.code).to.match(/^sale_(not_open|closed)$/);
          const reopened = await platform.api.post('/v1/sales/{saleId}/open', { params: { saleId } });
          expect(reopened.status).to.equal(step === 'pause' ? 200 : 409);
        }
        expect((await shop.pay(held.orderId, await shop.testCard('4242424242424242'))).status).to.equal(201);
      });

      it('capacity goes up and down, never below what is held and sold; a stale If-Match is 412', async () => {
        const saleId = await shop.openSale({ capacity: 5 });
        const { token } = await shop.order(saleId, { quantity: 3 });
        const params = { saleId };
        const shown = await platform.api.get('/v1/sales/{saleId}', { params, headers: token });
        const tag = shown.headers.get('etag') ?? '';
        const change = (capacity: number, headers: Readonly<Record<string, string>> = {}) =>
          platform.api.patch('/v1/sales/{saleId}', { params, body: { capacity }, headers });
        const below = await change(2);
        expect([below.status, below.problem.code]).to.deep.equal([409, 'capacity_below_taken']);
        const changed = await change(3, { 'If-Match': tag });
        expect([changed.status, changed.body.free]).to.deep.equal([200, 0]);
        const stale = await change(9, { 'If-Match': tag });
        expect([stale.status, stale.problem.code]).to.deep.equal([412, 'precondition_failed']);
        expect(await shop.saleOf(saleId, changed.token)).to.include({ capacity: 3, held: 3 });
        expect((await change(4, { 'If-Match': changed.headers.get('etag') ?? '' })).status).to.equal(200);
        expect((await shop.order(saleId)).status).to.equal(201);
      });
    });

    describe('reads', () => {
      it('an unchanged poll is 304 without a body, a changed one is not', async () => {
        const saleId = await shop.openSale();
        const held = await shop.order(saleId);
        for (const path of [`/v1/sales/${saleId}`, `/v1/orders/${held.body.orderId}`]) {
          const first = await platform.api.send('GET', path, { headers: held.token });
          const known = { 'If-None-Match': first.headers.get('etag') ?? '' };
          const again = await platform.api.send('GET', path, { headers: known });
          expect([again.status, again.text]).to.deep.equal([304, '']);
          const { token } = await platform.api.post('/v1/orders/{orderId}/extend', {
            params: { orderId: held.body.orderId },
          });
          const changed = await platform.api.send('GET', path, { headers: { ...known, ...token } });
          expect(changed.status).to.equal(200);
        }
      });

      it('twenty writes, each seen at once by a read that carries its token', async () => {
        const saleId = await shop.openSale({ capacity: 20, perPersonLimit: 20 });
        for (let held = 1; held <= 20; held++) {
          const placed = await shop.order(saleId);
          expect((await shop.saleOf(saleId, placed.token)).held).to.equal(held);
          expect((await shop.orderOf(placed.body.orderId, placed.token)).status).to.equal('awaiting_payment');
        }
      });
    });

    describe('holds', () => {
      it('a hold lapses by one event, its places are free again, and a payment is too late', async () => {
        const saleId = await shop.openSale({ capacity: 1, holdSeconds: 1 });
        const { orderId } = (await shop.order(saleId)).body;
        await shop.orderBecomes(orderId, 'expired', 60_000);
        await until('its place is shown free', async () => (await shop.saleOf(saleId)).free === 1);
        expect(await shop.saleOf(saleId)).to.include({ free: 1, held: 0 });
        const late = await shop.pay(orderId, await shop.testCard('4242424242424242'));
        expect([late.status, late.problem.code]).to.deep.equal([410, 'hold_lapsed']);
        expect((await platform.api.post('/v1/orders/{orderId}/extend', { params: { orderId } })).status).to.be.oneOf([
          409, 410,
        ]);
        const { order } = await shop.buy(saleId, await shop.testCard('4242424242424242'));
        expect(order.status).to.equal('fulfilled');
        const types = await typesOf(`sale-${saleId}`);
        expect(types.filter((type) => type === 'HoldLapsed')).to.have.length(1);
      });

      it('an extension moves the end, up to a cap', async () => {
        const placed = (await shop.order(await shop.openSale({ holdSeconds: 2 }))).body;
        const extend = () => platform.api.post('/v1/orders/{orderId}/extend', { params: { orderId: placed.orderId } });
        let expiresAt = Date.parse(placed.expiresAt);
        let capped = '';
        await until('the cap is reached', async () => {
          const extended = await extend();
          if (extended.status === 409) {
            capped = extended.problem.code;
            return true;
          }
          expect(extended.status).to.equal(200);
          expect(Date.parse(extended.body.expiresAt)).to.be.at.least(expiresAt);
          expiresAt = Date.parse(extended.body.expiresAt);
          return false;
        });
        expect(capped).to.equal('extension_capped');
        expect(expiresAt).to.be.above(Date.parse(placed.expiresAt));
        await shop.orderBecomes(placed.orderId, 'expired', 15_000);
      });

      it('a cancelled order gives its places back', async () => {
        const saleId = await shop.openSale({ capacity: 1 });
        const { orderId } = (await shop.order(saleId)).body;
        const cancelled = await platform.api.post('/v1/orders/{orderId}/cancel', { params: { orderId } });
        expect([cancelled.status, cancelled.body.status]).to.deep.equal([200, 'cancelled']);
        expect(await shop.saleOf(saleId, cancelled.token)).to.include({ free: 1, held: 0 });
        const late = await shop.pay(orderId, await shop.testCard('4242424242424242'));
        expect([late.status, late.problem.code]).to.deep.equal([409, 'order_cancelled']);
        expect((await shop.order(saleId)).status).to.equal(201);
      });
    });

    it('of what is free asks for no card: the order is fulfilled at once, and its tickets can be given back', async () => {
      const saleId = await shop.openSale({ capacity: 3, price: { amountMinor: 0, currency: 'EUR' } });
      const placed = await shop.order(saleId, { quantity: 2 });
      expect([placed.status, placed.body.status, placed.body.total.amountMinor]).to.deep.equal([201, 'fulfilled', 0]);
      const { orderId } = placed.body;
      const order = await shop.orderOf(orderId, placed.token);
      expect(order).to.deep.include({ status: 'fulfilled', payments: [] });
      expect(await shop.saleOf(saleId, placed.token)).to.include({ free: 1, held: 0, sold: 2 });
      const card = await shop.issueCard();
      const paid = await shop.pay(orderId, card.token);
      expect([paid.status, paid.problem.code]).to.deep.equal([409, 'nothing_to_pay']);
      const read = () => platform.api.get('/v1/cards/{cardId}/statement', { params: { cardId: card.cardId } });
      await until('the card has a statement', async () => (await read()).status === 200);
      expect((await read()).body.items).to.deep.equal([]);
      const given = await platform.api.post('/v1/orders/{orderId}/refunds', { params: { orderId }, body: {} });
      expect([given.status, given.body.orderStatus, given.body.amount.amountMinor]).to.deep.equal([201, 'refunded', 0]);
      expect(await shop.orderOf(orderId, given.token)).to.include({ status: 'refunded' });
      const tickets = await shop.ticketsOf(orderId, given.token);
      expect(tickets.map(({ status }) => status)).to.deep.equal(['refunded', 'refunded']);
    });

    it('of a show that has begun is refused, unless its sale says that it sells after the start', async () => {
      const begun = { startsAt: new Date(Date.now() - 60_000).toISOString() };
      const refused = await platform.api.post('/v1/sales', { body: { ...terms, capacity: 10, ...begun } });
      expect([refused.status, refused.problem.code]).to.deep.equal([409, 'show_has_begun']);
      const hours = { opensAt: terms.startsAt };
      const tooLate = await platform.api.post('/v1/sales', { body: { ...terms, capacity: 10, ...hours } });
      expect([tooLate.status, tooLate.problem.errors?.[0]?.field]).to.deep.equal([400, 'opensAt']);
      const saleId = await shop.openSale({ ...begun, sellsAfterStart: true });
      expect((await shop.order(saleId)).status).to.equal(201);
      const startsAt = Date.now() + 1_500;
      const soon = await shop.openSale({ startsAt: new Date(startsAt).toISOString() });
      const { orderId } = (await shop.order(soon)).body;
      await until('the show has begun', async () => {
        const late = await shop.order(soon);
        return late.status === 409 && late.problem.code === 'show_has_begun';
      });
      expect((await shop.pay(orderId, await shop.testCard('4242424242424242'))).status).to.equal(201);
    });

    describe('after the purchase', () => {
      const refund = (orderId: string, body: Schemas['RefundBody']) =>
        platform.api.post('/v1/orders/{orderId}/refunds', { params: { orderId }, body });
      const bookedOf = async (cardId: string) =>
        (await shop.statementOf(cardId)).items.filter(({ status }) => status === 'booked');

      it('partial and full refund, then return to sale as a decision of its own', async () => {
        const saleId = await shop.openSale({ capacity: 3 });
        const card = await shop.issueCard();
        const { order, tickets } = await shop.buy(saleId, card, { quantity: 3 });
        const [first = '', ...others] = tickets.map(({ ticketId }) => ticketId);
        const returns = (ticketIds: readonly string[]) =>
          platform.api.post('/v1/sales/{saleId}/returns', {
            params: { saleId },
            body: { orderId: order.orderId, ticketIds },
          });
        const early = await returns([first]);
        expect([early.status, early.problem.code]).to.deep.equal([409, 'not_refunded']);

        const part = await refund(order.orderId, { ticketIds: [first] });
        expect(part.status).to.equal(201);
        expect(part.body).to.deep.include({ status: 'paid', amount: { amountMinor: 4_500, currency: 'EUR' } });
        expect((await shop.orderOf(order.orderId, part.token)).status).to.equal('partially_refunded');
        expect(await shop.saleOf(saleId, part.token)).to.include({ free: 0, sold: 3 });
        const tooMuch = await refund(order.orderId, { amountMinor: 9_001 });
        expect([tooMuch.status, tooMuch.problem.code]).to.deep.equal([409, 'refund_exceeds_paid']);

        const returned = await returns([first]);
        expect(returned.status).to.equal(200);
        expect(await shop.saleOf(saleId, returned.token)).to.include({ free: 1, sold: 2 });
        expect((await returns([first])).status).to.be.oneOf([200, 409]);
        expect(await shop.saleOf(saleId, returned.token)).to.include({ free: 1, sold: 2 });

        const rest = await refund(order.orderId, {});
        expect(rest.status).to.equal(201);
        expect((await shop.orderOf(order.orderId, rest.token)).status).to.equal('refunded');
        const statuses = (await shop.ticketsOf(order.orderId, rest.token)).map(({ ticketId, status }) => [
          ticketId,
          status,
        ]);
        expect(Object.fromEntries(statuses)).to.deep.equal({
          [first]: 'returned',
          ...Object.fromEntries(others.map((ticketId) => [ticketId, 'refunded'])),
        });
        await until('all is booked', async () => (await bookedOf(card.cardId)).length === 3);
        const statement = await shop.statementOf(card.cardId);
        expect(statement.closingBalance.amountMinor).to.equal(0);
        expect(statement.items.map(({ creditDebit, amount }) => [creditDebit, amount.amountMinor])).to.deep.equal([
          ['C', 9_000],
          ['C', 4_500],
          ['D', 13_500],
        ]);
      });

      it('check-in: the same scan again is let in, another is told already_inside', async () => {
        const saleId = await shop.openSale();
        const { tickets } = await shop.buy(saleId, await shop.testCard('4242424242424242'));
        const [{ ticketId, secret = '' }] = tickets as [Schemas['Ticket']];
        const scan = (own: Pick<Schemas['ScanBody'], 'gateId' | 'nonce' | 'secret'>) => {
          const body = { saleIds: [saleId], ...own };
          return platform.api.post('/v1/tickets/{ticketId}/check-ins', { params: { ticketId }, body });
        };
        for (let time = 0; time < 2; time++) {
          const inside = await scan({ gateId: 'gate-1', nonce: '000001', secret });
          expect([inside.status, inside.body.status]).to.deep.equal([201, 'inside']);
        }
        const second = await scan({ gateId: 'gate-2', nonce: '000001', secret });
        expect([second.status, second.problem.code]).to.deep.equal([409, 'already_inside']);
        const forged = await scan({ gateId: 'gate-1', nonce: '000002', secret: '1.Zm9yZ2Vk' });
        expect([forged.status, forged.problem.code]).to.deep.equal([409, 'secret_unknown']);
        expect((await typesOf(`ticket-${ticketId}`)).filter((type) => type === 'TicketCheckedIn')).to.have.length(1);
        const refused = await platform.api.post('/v1/tickets/{ticketId}/transfers', {
          params: { ticketId },
          body: { to: { email: 'bea@example.com', name: 'Bea' } },
        });
        expect([refused.status, refused.problem.code]).to.deep.equal([409, 'already_inside']);
      });

      it('transfer: the old secret is revoked, and the seller does not read the new one', async () => {
        const saleId = await shop.openSale();
        const { order, tickets } = await shop.buy(saleId, await shop.testCard('4242424242424242'));
        const [{ ticketId, secret = '' }] = tickets as [Schemas['Ticket']];
        const params = { ticketId };
        const passed = await platform.api.post('/v1/tickets/{ticketId}/transfers', {
          params,
          body: { to: { email: 'bea@example.com', name: 'Bea' } },
        });
        const scan = (shown: string) => {
          const body = { gateId: 'gate-1', saleIds: [saleId], nonce: '000001', secret: shown };
          return platform.api.post('/v1/tickets/{ticketId}/check-ins', { params, body });
        };
        expect([passed.status, passed.body.generation]).to.deep.equal([201, 2]);
        const old = await scan(secret);
        expect([old.status, old.problem.code]).to.deep.equal([409, 'secret_revoked']);
        const [now] = await shop.ticketsOf(order.orderId, passed.token);
        expect(now?.holder).to.deep.equal({ email: 'bea@example.com', name: 'Bea' });
        expect(now).not.to.have.property('secret');
      });

      it('a paid order can be neither paid again nor cancelled', async () => {
        const card = await shop.issueCard();
        const { order } = await shop.buy(await shop.openSale(), card);
        const again = await shop.pay(order.orderId, card);
        expect([again.status, again.problem.code]).to.deep.equal([409, 'already_paid']);
        const cancelled = await platform.api.post('/v1/orders/{orderId}/cancel', {
          params: { orderId: order.orderId },
        });
        expect([cancelled.status, cancelled.problem.code]).to.deep.equal([409, 'not_cancellable']);
        await until('it is booked', async () => (await bookedOf(card.cardId)).length === 1);
      });
    });
  });
}
