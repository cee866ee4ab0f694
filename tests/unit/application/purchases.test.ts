import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CommandHandler, Overloaded } from '../../../src/application/command-handler.js';
import type { Bank, BankAnswer } from '../../../src/application/ports/bank.js';
import type { EventStore } from '../../../src/application/ports/event-store.js';
import { SealingKey } from '../../../src/application/sealing-key.js';
import { Orders } from '../../../src/application/ticketing/orders.js';
import { Purchases } from '../../../src/application/ticketing/purchases.js';
import type { Result } from '../../../src/application/ticketing/result.js';
import { Sales } from '../../../src/application/ticketing/sales.js';
import { order } from '../../../src/domain/ticketing/order.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { availability } from '../../../src/domain/ticketing/sale-state.js';
import { ticket } from '../../../src/domain/ticketing/ticket.js';
import { openCatalogue } from '../../../src/main/catalogue.js';
import {
  accountOf,
  bankOn,
  issue,
  keyBytes,
  StillClock,
  startOfTest,
  tokenFor,
  tokenOfTestCard,
} from '../../support/bank.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const context = (commandId: string = randomUUID()) => ({ commandId, correlationId: 'test' });
const terms = {
  name: 'Show',
  venue: 'Hall',
  startsAt: startOfTest + 1e9,
  capacity: 4,
  price: { amountMinor: 1_000, currency: 'EUR' },
  perPersonLimit: 4,
  holdSeconds: 60,
};

/** The process dies here, as far as everyone in it is concerned. */
class Crash extends Error {}

/** One process over the store: what it keeps in memory is gone with it. */
const processOn = (store: MemoryEventStore, clock: StillClock) => {
  const bank = bankOn(store, clock);
  const ids = { next: randomUUID };
  const commandHandler = new CommandHandler(store as MemoryEventStore & EventStore, openCatalogue(), clock, ids);
  const calls: string[] = [];
  let hides: boolean | string = false;
  let isFull = false;
  const asked = async (
    name: string,
    call: Promise<{ readonly answer?: BankAnswer | undefined; readonly refusal?: unknown }>,
  ): Promise<BankAnswer> => {
    calls.push(name);
    try {
      const { answer } = await call;
      return hides === true || hides === name || answer === undefined ? { status: 'unknown' } : answer;
    } catch {
      return { status: 'unknown' };
    }
  };
  const of = { correlationId: 'test' };
  const port: Bank = {
    get isFull() {
      return isFull;
    },
    authorise: (request) => asked('authorise', bank.payments.authorise(request, of)),
    capture: (request) => asked('capture', bank.payments.capture(request, of)),
    void: (request) => asked('void', bank.payments.void(request, of)),
    refund: async (request) => {
      const { status } = await asked('refund', bank.payments.refund(request, of));
      return { status: status === 'unknown' ? status : 'refunded' };
    },
    inquire: (request) => asked('inquire', bank.payments.inquire(request, of)),
  };
  const purchases = new Purchases(commandHandler, port, clock, ids, new SealingKey([keyBytes]));
  return {
    bank,
    calls,
    commandHandler,
    sales: new Sales(commandHandler, clock),
    orders: new Orders(commandHandler, clock, purchases.runner),
    purchases,
    /** As many calls to the bank are under way as may be. */
    fillBank: (full: boolean) => {
      isFull = full;
    },
    /** The bank does what it is asked, and its answers are lost, all of them or those to one call. */
    loseAnswers: (lose: boolean | string) => {
      hides = lose;
    },
  };
};

type Process = ReturnType<typeof processOn>;

const placeOrder = async ({ sales, orders }: Process, own: object = {}, quantity = 2) => {
  const announced = await sales.announce({ ...terms, ...own }, context());
  if (announced.refusal !== undefined) throw new Error(announced.refusal.code);
  const { saleId } = announced.value;
  await sales.open(saleId, context());
  const buyer = { email: 'ana@example.com', name: 'Ana' };
  const placed = await orders.place({ saleId, quantity, buyer }, context());
  if (placed.refusal !== undefined) throw new Error(placed.refusal.code);
  return { saleId, orderId: placed.value.orderId };
};

/** What is left when all is said: of the order, the places, the tickets and the card. */
const outcome = async (process: Process, saleId: string, orderId: string, cardId: string) => {
  const { store } = process.bank;
  const { result } = await process.commandHandler.query(order, orderId, (state) =>
    state.status === 'none' ? 'none' : state.status,
  );
  const places = await process.commandHandler.query(sale, saleId, availability);
  const count = (type: string): number => store.all.filter((event) => event.type === type).length;
  const account = accountOf(process.bank, cardId);
  return {
    status: result,
    ...places.result,
    tickets: count('TicketIssued'),
    booked: count('AmountBooked'),
    balanceMinor: account.balanceMinor,
    reservations: account.reservations.size,
  };
};

/** Moves time on until the order's process rests. */
const settle = async (process: Process, orderId: string, clock: StillClock): Promise<void> => {
  for (let round = 0; round < 12; round++) {
    await process.purchases.runner.advance(orderId);
    await process.bank.due.look();
    clock.time += 2_000;
  }
};

const armed = (store: MemoryEventStore, at: number, isKept: boolean): void => {
  let appends = 0;
  const append = store.append.bind(store);
  store.append = async (...call) => {
    appends++;
    if (appends < at) return append(...call);
    if (appends === at && isKept) await append(...call);
    throw new Crash(`append ${at}`);
  };
};

const accepted = <Value>(result: Result<Value, { readonly code: string }>): Value => {
  if (result.refusal !== undefined) throw new Error(result.refusal.code);
  return result.value;
};

describe('an order that nobody pays', () => {
  const expired = async (extend: boolean) => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { saleId, orderId } = await placeOrder(process);
    // The sale keeps the places longer, and the process dies before the order hears of it.
    if (extend) {
      clock.time += 30_000;
      await process.commandHandler.handle(sale, saleId, { type: 'Extend', orderId, now: clock.time }, context());
    }
    await process.purchases.runner.advance(orderId);
    expect(store.typesOf(`order-${orderId}`)).to.deep.equal(['OrderPlaced']);
    clock.time = startOfTest + 60_000;
    await process.purchases.runner.advance(orderId);
    return {
      types: store.typesOf(`order-${orderId}`),
      ofSale: store.typesOf(`sale-${saleId}`),
      process,
      orderId,
      clock,
    };
  };

  it('expires when its hold is over, and the places are free again', async () => {
    const { types, ofSale } = await expired(false);
    expect(types).to.deep.equal(['OrderPlaced', 'OrderExpired']);
    expect(ofSale.at(-1)).to.equal('HoldLapsed');
  });

  it('follows the sale where that keeps the places longer', async () => {
    const { types, process, orderId, clock } = await expired(true);
    expect(types).to.deep.equal(['OrderPlaced', 'OrderExtended']);
    clock.time += 31_000;
    expect(await process.purchases.runner.advance(orderId)).to.equal(true);
    const { result } = await process.commandHandler.query(order, orderId, ({ status }) => status);
    expect(result).to.equal('expired');
  });
});

describe('an order whose payments are declined', () => {
  it('keeps its places no longer than without them, however many cards are tried, also where one asked for its holder', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { saleId, orderId } = await placeOrder(process);
    const heldUntil = clock.time + 60_000;
    const token = tokenOfTestCard(process.bank, '4000000000000002');
    for (let tries = 0; tries < 4; tries++) {
      clock.time += 10_000;
      const { payment, order } = await tryOnce(process, orderId, token);
      expect([payment, order.status, order.expiresAt]).to.deep.equal(['declined', 'awaiting_payment', heldUntil]);
    }
    // The sale was told to keep the places over a payment whose end the order never heard of.
    const until = clock.time + 600_000;
    const keep = { type: 'ExtendForPayment' as const, orderId, until, now: clock.time };
    await process.commandHandler.handle(sale, saleId, keep, context());
    clock.time = heldUntil;
    expect((await process.purchases.pay(orderId, token, context())).refusal?.code).to.equal('hold_lapsed');
    expect(store.typesOf(`order-${orderId}`).at(-1)).to.equal('OrderExpired');
    const { result } = await process.commandHandler.query(sale, saleId, availability);
    expect(result).to.include({ free: 4, held: 0 });
  });

  const tryOnce = async (process: Process, orderId: string, token: string) => {
    const { step, order } = accepted(await process.purchases.pay(orderId, token, context()));
    return { payment: step, order };
  };
});

describe('an order that is free', () => {
  const free = { price: { amountMinor: 0, currency: 'EUR' } };
  const buyer = { email: 'ana@example.com', name: 'Ana' };
  const soldFree = { status: 'fulfilled', free: 2, sold: 2, tickets: 2, booked: 0 };

  const announced = async (first: Process): Promise<string> => {
    const { saleId } = accepted(await first.sales.announce({ ...terms, ...free }, context()));
    await first.sales.open(saleId, context());
    return saleId;
  };

  it('is fulfilled where it is placed, and no bank is asked', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const request = { saleId: await announced(process), quantity: 2, buyer };
    const key = context();
    const placed = accepted(await process.orders.place(request, key));
    expect([placed.status, placed.total.amountMinor]).to.deep.equal(['fulfilled', 0]);
    expect(accepted(await process.orders.place(request, key))).to.deep.equal(placed);
    const { orderId } = placed;
    const { cardId } = await issue(process.bank);
    expect(await outcome(process, request.saleId, orderId, cardId)).to.include(soldFree);
    const paying = await process.purchases.pay(orderId, 'token', context());
    expect(paying.refusal?.code).to.equal('nothing_to_pay');
    expect((await process.orders.cancel(orderId, context())).refusal?.code).to.equal('not_cancellable');
    expect(process.calls).to.deep.equal([]);
  });

  it('gives its tickets back, some and then all, without money', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { saleId, orderId } = await placeOrder(process, free);
    const { result } = await process.commandHandler.query(order, orderId, (state) =>
      state.status === 'none' ? [] : state.ticketIds,
    );
    const one = accepted(await process.purchases.refund(orderId, { ticketIds: result.slice(0, 1) }, context()));
    expect([one.refund.step, one.order.status]).to.deep.equal(['paid', 'partially_refunded']);
    const rest = accepted(await process.purchases.refund(orderId, {}, context()));
    expect([rest.refund.step, rest.order.status]).to.deep.equal(['paid', 'refunded']);
    expect(rest.refund.ticketIds).to.deep.equal(result.slice(1));
    for (const ticketId of result) expect(store.typesOf(`ticket-${ticketId}`).at(-1)).to.equal('TicketRefunded');
    await process.purchases.returnToSale(saleId, orderId, result, context());
    const { cardId } = await issue(process.bank);
    expect(await outcome(process, saleId, orderId, cardId)).to.include({ free: 4, held: 0, sold: 0 });
    expect(process.calls).to.deep.equal([]);
  });

  it('comes to its end where the process dies behind any append', async () => {
    for (let at = 1, appends = 1; at <= appends; at++) {
      const clock = new StillClock();
      const store = new MemoryEventStore(() => clock.now());
      const first = processOn(store, clock);
      const request = { saleId: await announced(first), quantity: 2, buyer };
      const before = store.all.length;
      const append = store.append.bind(store);
      armed(store, at, true);
      const key = context();
      await first.orders.place(request, key).catch(() => undefined);
      store.append = append;
      const second = processOn(store, clock);
      const orderId = store.all.find(({ type }) => type === 'OrderPlaced')?.stream.slice('order-'.length);
      if (orderId !== undefined) await settle(second, orderId, clock);
      const placed = accepted(await second.orders.place(request, key));
      const { cardId } = await issue(second.bank);
      const found = await outcome(second, request.saleId, placed.orderId, cardId);
      expect(found, `append ${at}`).to.include(soldFree);
      appends = Math.max(appends, store.all.length - before);
    }
  });

  it('expires where its hold lapsed before anyone went on with it, and takes no places any more', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const first = processOn(store, clock);
    const request = { saleId: await announced(first), quantity: 2, buyer };
    // Behind the hold and the order.
    armed(store, 3, false);
    const { append } = MemoryEventStore.prototype;
    await first.orders.place(request, context()).catch(() => undefined);
    store.append = append.bind(store);
    const second = processOn(store, clock);
    const orderId = store.all.at(-1)?.stream.slice('order-'.length) ?? '';
    await second.commandHandler.handle(sale, request.saleId, { type: 'LapseDue', now: clock.time + 60_000 }, context());
    await second.purchases.runner.advance(orderId);
    expect(store.typesOf(`order-${orderId}`)).to.deep.equal(['OrderPlaced', 'OrderExpired']);
    const { cardId } = await issue(second.bank);
    const left = { status: 'expired', free: 4, held: 0, sold: 0, tickets: 0 };
    expect(await outcome(second, request.saleId, orderId, cardId)).to.include(left);
  });
});

describe('places of refunded tickets', () => {
  it('go on sale again, also when the process dies behind any append', async () => {
    for (let at = 1, appends = 1; at <= appends; at++) {
      const clock = new StillClock();
      const store = new MemoryEventStore(() => clock.now());
      const first = processOn(store, clock);
      const { saleId, orderId } = await placeOrder(first);
      const card = await issue(first.bank);
      await first.purchases.pay(orderId, tokenFor(first.bank, card), context());
      const paidBack = await first.purchases.refund(orderId, {}, context());
      if (paidBack.refusal !== undefined) throw new Error(paidBack.refusal.code);
      const { ticketIds } = paidBack.value.refund;
      const before = store.all.length;
      const append = store.append.bind(store);
      armed(store, at, true);
      await first.purchases.returnToSale(saleId, orderId, ticketIds, context()).catch(() => undefined);
      store.append = append;
      await settle(processOn(store, clock), orderId, clock);
      expect(await outcome(first, saleId, orderId, card.cardId), `append ${at}`).to.include({ free: 4, sold: 0 });
      for (const ticketId of ticketIds) expect(store.typesOf(`ticket-${ticketId}`).at(-1)).to.equal('TicketReturned');
      expect(store.typesOf(`order-${orderId}`).at(-1)).to.equal('TicketsReturned');
      appends = Math.max(appends, store.all.length - before);
    }
  });

  it('stay where they are until the tickets are paid back', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { saleId, orderId } = await placeOrder(process);
    await process.purchases.pay(orderId, tokenFor(process.bank, await issue(process.bank)), context());
    const { result } = await process.commandHandler.query(order, orderId, (state) =>
      state.status === 'none' ? [] : state.ticketIds,
    );
    const stored = store.all.length;
    for (const [ticketIds, of, code] of [
      [result, orderId, 'not_refunded'],
      [['other'], orderId, 'unknown_tickets'],
      [result, randomUUID(), 'order_unknown'],
    ] as const) {
      const { refusal } = await process.purchases.returnToSale(saleId, of, ticketIds, context());
      expect(refusal?.code).to.equal(code);
    }
    expect(store.all.length).to.equal(stored);
  });
});

describe('the purchase process', () => {
  it('starts no payment while the bank is asked for as much as it may be', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { orderId } = await placeOrder(process);
    const token = tokenFor(process.bank, await issue(process.bank));
    const stored = store.all.length;
    process.fillBank(true);
    const paying = context();
    const refused = await process.purchases.pay(orderId, token, paying).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Overloaded);
    expect([store.all.length, process.calls]).to.deep.equal([stored, []]);
    process.fillBank(false);
    const paid = await process.purchases.pay(orderId, token, paying);
    expect(paid.refusal === undefined && paid.value.order.status).to.equal('fulfilled');
  });

  for (const isKept of [false, true]) {
    it(`ends as if nothing had happened when it dies ${isKept ? 'behind' : 'before'} any append (TIX-3)`, async () => {
      let appends = 0;
      for (let at = 1; at === 1 || at <= appends; at++) {
        const clock = new StillClock();
        const store = new MemoryEventStore(() => clock.now());
        const first = processOn(store, clock);
        const { saleId, orderId } = await placeOrder(first);
        const card = await issue(first.bank);
        const token = tokenFor(first.bank, card);
        const pay = context();
        const before = store.all.length;
        const append = store.append.bind(store);
        armed(store, at, isKept);
        await first.purchases.pay(orderId, token, pay).catch(() => undefined);
        store.append = append;
        // Another process takes it up, and the client repeats its request.
        const second = processOn(store, clock);
        await settle(second, orderId, clock);
        await second.purchases.pay(orderId, token, pay);
        await settle(second, orderId, clock);
        expect(await outcome(second, saleId, orderId, card.cardId), `append ${at}`).to.deep.equal({
          status: 'fulfilled',
          capacity: 4,
          free: 2,
          held: 0,
          sold: 2,
          tickets: 2,
          booked: 1,
          balanceMinor: -2_000,
          reservations: 0,
        });
        appends = Math.max(appends, store.all.length - before);
      }
      expect(appends).to.be.greaterThan(10);
    });
  }

  it('tells the order of its tickets and of the money at once', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { orderId } = await placeOrder(process);
    const told: string[] = [];
    store.beforeAppend = async (stream, events) => {
      if (stream === `order-${orderId}`) told.push(events.map(({ type }) => type).join());
    };
    await process.purchases.pay(orderId, tokenFor(process.bank, await issue(process.bank)), context());
    expect(told).to.deep.equal([
      'PaymentStarted',
      'PaymentAuthorised',
      'PlacesConfirmed,TicketsIssued,PaymentCaptured,OrderFulfilled',
    ]);
  });

  it('tells the order of its tickets also when nothing is heard of the money, and asks for it again', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const process = processOn(store, clock);
    const { saleId, orderId } = await placeOrder(process);
    const card = await issue(process.bank);
    process.loseAnswers('capture');
    const paid = await process.purchases.pay(orderId, tokenFor(process.bank, card), context());
    expect(paid.refusal === undefined && [paid.value.step, paid.value.order.status]).to.deep.equal([
      'authorised',
      'paid',
    ]);
    expect(store.typesOf(`order-${orderId}`).at(-1)).to.equal('TicketsIssued');
    expect(process.calls).to.deep.equal(['authorise', 'capture']);
    process.loseAnswers(false);
    await settle(process, orderId, clock);
    expect(await outcome(process, saleId, orderId, card.cardId)).to.include({
      status: 'fulfilled',
      tickets: 2,
      booked: 1,
      balanceMinor: -2_000,
    });
  });

  it('asks again when the answer was lost, and charges once (PAY-21)', async () => {
    const clock = new StillClock();
    const process = processOn(new MemoryEventStore(() => clock.now()), clock);
    const { saleId, orderId } = await placeOrder(process);
    const card = await issue(process.bank);
    process.loseAnswers(true);
    const paid = await process.purchases.pay(orderId, tokenFor(process.bank, card), context());
    expect(paid.refusal === undefined && paid.value.step).to.equal('unknown');
    process.loseAnswers(false);
    await settle(process, orderId, clock);
    expect(await outcome(process, saleId, orderId, card.cardId)).to.include({
      status: 'fulfilled',
      booked: 1,
      balanceMinor: -2_000,
    });
    expect(process.calls.filter((call) => call === 'authorise')).to.have.length(1);
  });

  it('reverses what stays unknown, with growing waits, and the order expires', async () => {
    const clock = new StillClock();
    const process = processOn(new MemoryEventStore(() => clock.now()), clock);
    const { saleId, orderId } = await placeOrder(process);
    const card = await issue(process.bank);
    process.loseAnswers(true);
    await process.purchases.pay(orderId, tokenFor(process.bank, card), context());
    for (let second = 0; second < 130; second++) {
      clock.time += 1_000;
      await process.purchases.runner.advance(orderId);
    }
    const inquiries = process.calls.filter((call) => call === 'inquire').length;
    expect(inquiries).to.be.within(4, 9);
    process.loseAnswers(false);
    for (let minute = 0; minute < 3; minute++) {
      clock.time += 60_000;
      await process.purchases.runner.advance(orderId);
    }
    expect(await outcome(process, saleId, orderId, card.cardId)).to.include({
      status: 'expired',
      tickets: 0,
      booked: 0,
      reservations: 0,
    });
  });

  it('a payment that is declined after the hold had lapsed ends the order', async () => {
    const clock = new StillClock();
    const process = processOn(new MemoryEventStore(() => clock.now()), clock);
    const { saleId, orderId } = await placeOrder(process);
    process.loseAnswers(true);
    await process.purchases.pay(orderId, tokenOfTestCard(process.bank, '4000000000000002'), context());
    process.loseAnswers(false);
    // The places lapse by the clock of another instance while the order is being paid.
    const lapse = { type: 'LapseDue' as const, now: clock.time + 121_000 };
    await process.commandHandler.handle(sale, saleId, lapse, context());
    clock.time += 2_000;
    await process.purchases.runner.advance(orderId);
    const { result } = await process.commandHandler.query(order, orderId, ({ status }) => status);
    expect(result).to.equal('expired');
  });

  for (const isGone of [false, true]) {
    it(`a payment that comes after the hold had lapsed ${isGone ? 'is reversed' : 'takes places again'}`, async () => {
      const clock = new StillClock();
      const process = processOn(new MemoryEventStore(() => clock.now()), clock);
      const { saleId, orderId } = await placeOrder(process, { capacity: 2 });
      const card = await issue(process.bank);
      process.loseAnswers(true);
      await process.purchases.pay(orderId, tokenFor(process.bank, card), context());
      clock.time += 121_000 - 2_000;
      process.loseAnswers(false);
      // Someone says that the hold is over, though the payment still runs.
      const until = { type: 'LapseDue' as const, now: clock.time + 10_000 };
      await process.commandHandler.handle(sale, saleId, until, context());
      if (isGone) {
        const buyer = { email: 'bo@example.com', name: 'Bo' };
        await process.orders.place({ saleId, quantity: 2, buyer }, context());
      }
      await process.purchases.runner.advance(orderId);
      await settle(process, orderId, clock);
      expect(await outcome(process, saleId, orderId, card.cardId)).to.include(
        isGone
          ? { status: 'expired', tickets: 0, booked: 0, reservations: 0 }
          : { status: 'fulfilled', sold: 2, tickets: 2, booked: 1 },
      );
    });
  }

  it('keeps its card token sealed: no event tells it, and whoever resumes the payment has it', async () => {
    const clock = new StillClock();
    const store = new MemoryEventStore(() => clock.now());
    const [one, other] = [processOn(store, clock), processOn(store, clock)];
    const { orderId } = await placeOrder(one);
    const card = await issue(one.bank);
    const token = tokenFor(one.bank, card);
    store.beforeAppend = (stream) => {
      if (stream.startsWith('transaction-')) throw new Crash();
    };
    await one.purchases.pay(orderId, token, context()).catch(() => undefined);
    store.beforeAppend = () => undefined;
    await settle(other, orderId, clock);
    expect((await other.commandHandler.query(order, orderId, ({ status }) => status)).result).to.equal('fulfilled');
    for (const { data, metadata } of store.all) expect(data + metadata).to.not.include(token.slice(4, 40));
  });

  it('goes on with a token that an older event carries in clear', async () => {
    const clock = new StillClock();
    const process = processOn(new MemoryEventStore(() => clock.now()), clock);
    const { orderId } = await placeOrder(process);
    const cardToken = tokenFor(process.bank, await issue(process.bank));
    const now = clock.now();
    const start = { type: 'StartPayment' as const, transactionId: 't-1', cardToken, expiresAt: now + 120_000, now };
    await process.commandHandler.handle(order, orderId, start, context());
    await process.purchases.runner.advance(orderId);
    expect((await process.commandHandler.query(order, orderId, ({ status }) => status)).result).to.equal('fulfilled');
  });

  it('is not said to be paid while the places are lost and the money can not go back yet', async () => {
    const clock = new StillClock();
    const process = processOn(new MemoryEventStore(() => clock.now()), clock);
    const { saleId, orderId } = await placeOrder(process, { capacity: 2 });
    const token = tokenFor(process.bank, await issue(process.bank));
    const paying = context();
    process.loseAnswers(true);
    await process.purchases.pay(orderId, token, paying);
    clock.time += 119_000;
    process.loseAnswers('void');
    const lapse = { type: 'LapseDue' as const, now: clock.time + 10_000 };
    await process.commandHandler.handle(sale, saleId, lapse, context());
    const buyer = { email: 'bo@example.com', name: 'Bo' };
    await process.orders.place({ saleId, quantity: 2, buyer }, context());
    const repeated = await process.purchases.pay(orderId, token, paying);
    expect(process.calls.at(-1)).to.equal('void');
    expect(repeated.refusal === undefined && repeated.value.step).to.equal('without_places');
  });

  for (const dies of [false, true]) {
    it(`places that one instance got after another had given them up are given back${dies ? ', also when it dies' : ''}`, async () => {
      const clock = new StillClock();
      const store = new MemoryEventStore(() => clock.now());
      const [one, other] = [processOn(store, clock), processOn(store, clock)];
      const { saleId, orderId } = await placeOrder(one, { capacity: 2 });
      const card = await issue(one.bank);
      one.loseAnswers(true);
      await one.purchases.pay(orderId, tokenFor(one.bank, card), context());
      clock.time += 119_000;
      one.loseAnswers(false);
      const lapse = { type: 'LapseDue' as const, now: clock.time + 10_000 };
      await one.commandHandler.handle(sale, saleId, lapse, context());
      const buyer = { email: 'bo@example.com', name: 'Bo' };
      const rival = await one.orders.place({ saleId, quantity: 2, buyer }, context());
      const [confirming, lost] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let late: Promise<unknown> | undefined;
      store.beforeAppend = async (_stream, events) => {
        const types = events.map(({ type }) => type);
        if (types.includes('PlacesLost') && late === undefined) {
          await one.orders.cancel(rival.refusal === undefined ? rival.value.orderId : '', context());
          late = other.purchases.runner.advance(orderId).catch(() => undefined);
          await confirming.promise;
        }
        if (types.includes('PlacesConfirmed')) {
          confirming.resolve();
          await lost.promise;
          if (dies) throw new Crash('before it hears that they are lost');
        }
      };
      await one.purchases.runner.advance(orderId);
      lost.resolve();
      await late;
      await settle(one, orderId, clock);
      expect(store.typesOf(`sale-${saleId}`).slice(-2)).to.deep.equal(['PlacesSold', 'PlacesReturned']);
      expect(await outcome(one, saleId, orderId, card.cardId)).to.include({
        status: 'expired',
        free: 2,
        sold: 0,
        tickets: 0,
        booked: 0,
        reservations: 0,
      });
    });
  }

  describe('a refund with a used ticket among its tickets', () => {
    const bought = async () => {
      const clock = new StillClock();
      const store = new MemoryEventStore(() => clock.now());
      const process = processOn(store, clock);
      const { saleId, orderId } = await placeOrder(process);
      const card = await issue(process.bank);
      await process.purchases.pay(orderId, tokenFor(process.bank, card), context());
      const { result: ticketIds } = await process.commandHandler.query(order, orderId, (state) =>
        state.status === 'none' ? [] : state.ticketIds,
      );
      const [unused = '', used = ''] = ticketIds;
      const letIn = () =>
        process.commandHandler.handle(
          ticket,
          used,
          { type: 'CheckIn', gateId: 'g-1', saleIds: [saleId], nonce: 'scan', now: clock.time },
          context(),
        );
      const statuses = async () =>
        Promise.all(
          ticketIds.map(async (id) => (await process.commandHandler.query(ticket, id, ({ status }) => status)).result),
        );
      return { clock, store, process, saleId, orderId, card, unused, used, letIn, statuses };
    };

    it('names it, and changes nothing; without it, or for the unused only, money goes back', async () => {
      const { clock, store, process, saleId, orderId, card, used, letIn, statuses } = await bought();
      await letIn();
      const before = store.all.length;
      const whole = await process.purchases.refund(orderId, {}, context());
      expect(whole.refusal).to.deep.equal({ code: 'tickets_used', ticketIds: [used] });
      expect(store.all.length).to.equal(before);
      const part = await process.purchases.refund(orderId, { unusedOnly: true }, context());
      expect(part.refusal === undefined && part.value.refund.step).to.equal('paid');
      expect(part.refusal === undefined && part.value.order.status).to.equal('partially_refunded');
      expect(await statuses()).to.deep.equal(['refunded', 'inside']);
      // The bank books the credit behind its answer.
      await settle(process, orderId, clock);
      expect(await outcome(process, saleId, orderId, card.cardId)).to.include({ balanceMinor: -1_000, sold: 2 });
      const goodwill = await process.purchases.refund(orderId, { keepsTickets: true }, context());
      expect(goodwill.refusal === undefined && goodwill.value.order.status).to.equal('refunded');
      expect(await statuses()).to.deep.equal(['refunded', 'inside']);
    });

    it('makes the others good again where the ticket is let in while they are cancelled', async () => {
      const { store, process, orderId, unused, letIn, statuses } = await bought();
      store.beforeAppend = async (_stream, events) => {
        if (!events.some(({ type }) => type === 'TicketCancelled')) return;
        store.beforeAppend = async () => undefined;
        await letIn();
      };
      const whole = await process.purchases.refund(orderId, {}, context());
      expect(whole.refusal === undefined && whole.value.refund.step).to.equal('refused');
      expect(await statuses()).to.deep.equal(['issued', 'inside']);
      expect(store.typesOf(`order-${orderId}`)).not.to.include('HumanNeeded');
      const part = await process.purchases.refund(orderId, { ticketIds: [unused] }, context());
      expect(part.refusal === undefined && part.value.refund.step).to.equal('paid');
    });
  });
});
