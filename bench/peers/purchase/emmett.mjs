// Whole purchases by command handlers of Emmett on PostgreSQL: the same commands, decided by the same rules, and the same
// events in the same streams. Told what to do by messages, see bench/purchase/jobs.ts.
import { randomUUID } from 'node:crypto';
import { CommandHandler } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';

const retry = { onVersionConflict: { retries: 1_000, minTimeout: 1, maxTimeout: 20, factor: 1.5 } };

const saleOf = () => ({
  status: 'none',
  capacity: 0,
  held: 0,
  sold: 0,
  limit: 0,
  orders: new Map(),
  persons: new Map(),
});

const evolveSale = (sale, { type, data }) => {
  switch (type) {
    case 'SaleAnnounced':
      return { ...sale, status: 'announced', capacity: data.capacity, limit: data.perPersonLimit, terms: data };
    case 'SaleOpened':
      return { ...sale, status: 'open' };
    case 'PlacesHeld':
      sale.orders.set(data.orderId, { status: 'held', quantity: data.quantity });
      sale.persons.set(data.personId, (sale.persons.get(data.personId) ?? 0) + data.quantity);
      sale.held += data.quantity;
      return sale;
    case 'PlacesSold':
      sale.orders.get(data.orderId).status = 'sold';
      sale.held -= data.quantity;
      sale.sold += data.quantity;
      return sale;
    default:
      return sale;
  }
};

const evolveOrder = (order, { type, data }) => {
  switch (type) {
    case 'OrderPlaced':
      return { ...order, status: 'held', placed: data };
    case 'PaymentStarted':
      return { ...order, status: 'pending', payment: { ...data, step: 'started' } };
    case 'PaymentAuthorised':
      return { ...order, status: 'paid', payment: { ...order.payment, step: 'authorised' } };
    case 'PlacesConfirmed':
      return { ...order, places: 'confirmed', ticketIds: data.ticketIds };
    case 'TicketsIssued':
      return { ...order, places: 'issued' };
    case 'PaymentCaptured':
      return { ...order, payment: { ...order.payment, step: 'captured' } };
    case 'OrderFulfilled':
      return { ...order, status: 'fulfilled' };
    default:
      return order;
  }
};

const evolveTicket = (ticket, { type }) => (type === 'TicketIssued' ? { ...ticket, status: 'issued' } : ticket);

const onSale = CommandHandler({ evolve: evolveSale, initialState: saleOf, retry });
const onOrder = CommandHandler({ evolve: evolveOrder, initialState: () => ({ status: 'none' }), retry });
const onTicket = CommandHandler({ evolve: evolveTicket, initialState: () => ({ status: 'none' }), retry });

const expect = (isSo, what) => {
  if (!isSo) throw new Error(what);
};

const price = { amountMinor: 5_000, currency: 'EUR' };
const saleIds = [];
let pool;
let store;

const metadata = () => ({ correlationId: randomUUID(), causationId: randomUUID() });
const event = (type, data) => ({ type, data, metadata: metadata() });

const openSale = async (number, capacity) => {
  const saleId = randomUUID();
  saleIds.push(saleId);
  const terms = { saleId, name: `Night ${number}`, venue: 'Town hall', startsAt: Date.now(), capacity, price };
  const announced = { ...terms, perPersonLimit: 4, holdSeconds: 600, announcedAt: Date.now() };
  await onSale(store, `sale-${saleId}`, () => [event('SaleAnnounced', announced)]);
  await onSale(store, `sale-${saleId}`, () => [event('SaleOpened', { openedAt: Date.now() })]);
};

const hold = (orderId, personId) => (sale) => {
  if (sale.orders.has(orderId)) return [];
  expect(sale.status === 'open', 'sale_not_open');
  expect(sale.capacity - sale.held - sale.sold >= 1, 'sold_out');
  expect((sale.persons.get(personId) ?? 0) + 1 <= sale.limit, 'limit_per_person');
  const heldAt = Date.now();
  return [event('PlacesHeld', { orderId, personId, quantity: 1, heldAt, expiresAt: heldAt + 600_000 })];
};

const confirm = (orderId, personId, ticketIds) => (sale) => {
  const places = sale.orders.get(orderId);
  if (places?.status === 'sold') return [];
  expect(places?.status === 'held', 'hold_lapsed');
  return [event('PlacesSold', { orderId, personId, quantity: 1, ticketIds, soldAt: Date.now() })];
};

/** Hold, authorise, confirm, issue, capture: each step decided on its stream and appended there. */
const buy = async (saleId, name) => {
  const [orderId, personId, transactionId, ticketId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const [saleStream, orderStream] = [`sale-${saleId}`, `order-${orderId}`];
  const buyer = { email: `${name}@example.com`, name };
  await onSale(store, saleStream, hold(orderId, personId));
  const lines = [{ description: 'Night', quantity: 1, unitPrice: price }];
  const placed = { orderId, saleId, saleName: 'Night', buyer, personId, lines, quantity: 1, total: price };
  const times = { placedAt: Date.now(), expiresAt: Date.now() + 600_000 };
  await onOrder(store, orderStream, () => [event('OrderPlaced', { ...placed, ...times })]);
  await onOrder(store, orderStream, (order) => {
    expect(order.status === 'held', 'not payable');
    const expiresAt = Date.now() + 120_000;
    const started = { transactionId, cardToken: 'token', amount: price, startedAt: Date.now(), expiresAt };
    return [event('PaymentStarted', started)];
  });
  await onOrder(store, orderStream, (order) => {
    expect(order.payment.step === 'started', 'not started');
    const card = { cardId: 'card', brand: 'visa', lastFour: '4242' };
    return [event('PaymentAuthorised', { transactionId, card, authorisedAt: Date.now() })];
  });
  await onSale(store, saleStream, confirm(orderId, personId, [ticketId]));
  await onOrder(store, orderStream, () => [
    event('PlacesConfirmed', { ticketIds: [ticketId], confirmedAt: Date.now() }),
  ]);
  const issued = { ticketId, saleId, orderId, holder: buyer, issuedAt: Date.now() };
  await onTicket(store, `ticket-${ticketId}`, ({ status }) =>
    status === 'none' ? [event('TicketIssued', issued)] : [],
  );
  const { newState } = await onOrder(store, orderStream, () => [
    event('TicketsIssued', { ticketIds: [ticketId], issuedAt: Date.now() }),
    event('PaymentCaptured', { transactionId, capturedAt: Date.now() }),
    event('OrderFulfilled', { fulfilledAt: Date.now() }),
  ]);
  return newState.status === 'fulfilled';
};

const buyAll = async ({ picks, inFlight, round }) => {
  let next = 0;
  let fulfilled = 0;
  const begun = performance.now();
  const oneByOne = async () => {
    for (let index = next++; index < picks.length; index = next++) {
      if (await buy(saleIds[picks[index]], `buyer-${round}-${index}`)) fulfilled++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, oneByOne));
  return { seconds: (performance.now() - begun) / 1_000, fulfilled };
};

const count = async () => {
  const sold = [];
  let held = 0;
  for (const saleId of saleIds) {
    const { state } = await store.aggregateStream(`sale-${saleId}`, { evolve: evolveSale, initialState: saleOf });
    sold.push(state.sold);
    held += state.held;
  }
  const { rows } = await pool.query(`SELECT stream_id, message_type FROM emt_messages`);
  const ticketIds = rows.filter((row) => row.message_type === 'TicketIssued').map((row) => row.stream_id);
  return { sold, held, events: rows.length, ticketIds };
};

const work = {
  open: async ({ where, sales, capacity }) => {
    pool = new pg.Pool({ connectionString: where, max: 20 });
    store = getPostgreSQLEventStore(where, { connectionOptions: { pooled: true, pool } });
    await store.schema.migrate();
    for (let number = 0; number < sales; number++) await openSale(number, capacity);
    return {};
  },
  buy: buyAll,
  count,
};

process.on('message', (job) => {
  work[job.do](job).then(
    (result) => process.send(result),
    (cause) => {
      console.error(cause);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
