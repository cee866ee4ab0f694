import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CommandHandler, Overloaded } from '../../../src/application/command-handler.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import {
  appendBytesOf,
  type EventStore,
  type NewEvent,
  OutcomeUnknown,
  StoreUnavailable,
} from '../../../src/application/ports/event-store.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { availability } from '../../../src/domain/ticketing/sale-state.js';
import { ticket } from '../../../src/domain/ticketing/ticket.js';
import { ticketOf } from '../../../src/domain/ticketing/ticket-state.js';
import { openCatalogue } from '../../../src/main/catalogue.js';
import { StillClock } from '../../support/bank.js';
import { failureOf } from '../../support/failure-of.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const context = (commandId: string = randomUUID()) => ({ commandId, correlationId: 'test' });
const handlerOn = (store: MemoryEventStore, limits = {}, clock: Clock = new StillClock()): CommandHandler =>
  new CommandHandler(store as MemoryEventStore & EventStore, openCatalogue(), clock, { next: randomUUID }, limits);

const open = async (commandHandler: CommandHandler, capacity: number, seats?: readonly string[]): Promise<void> => {
  const terms = { name: 'n', venue: 'v', startsAt: 9, price: { amountMinor: 1, currency: 'EUR' } };
  const limits = { perPersonLimit: 9, holdSeconds: 60, capacity, ...(seats && { seats }) };
  const announce = { type: 'Announce' as const, saleId: 's', ...terms, ...limits, now: 1 };
  await commandHandler.handle(sale, 's', announce, context(), { select: availability });
  await commandHandler.handle(sale, 's', { type: 'Open', now: 1 }, context(), { select: availability });
};

const hold = (commandHandler: CommandHandler, orderId: string, wish: object = {}, commandId: string = randomUUID()) =>
  commandHandler.handle(
    sale,
    's',
    { type: 'Hold', orderId, personId: orderId, quantity: 1, ...wish, now: 2 },
    context(commandId),
    { select: availability },
  );

const issue = (commandHandler: CommandHandler, ticketId: string) => {
  const holder = { email: 'a@example.com', name: 'A' };
  const command = { type: 'Issue' as const, ticketId, saleId: 's', orderId: 'o', holder, issuedAt: 1 };
  return commandHandler.handle(ticket, ticketId, command, context(), { select: ticketOf });
};

describe('the command handler', () => {
  it('decides all that waits and appends it in one write', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store);
    await open(commandHandler, 50);
    const sizes: number[] = [];
    store.beforeAppend = (_stream, events) => {
      sizes.push(events.length);
      return new Promise((resolve) => setImmediate(resolve));
    };
    const sent = await Promise.all(Array.from({ length: 100 }, (_, n) => hold(commandHandler, `o${n}`)));
    expect(sent.filter(({ refusal }) => refusal === undefined)).to.have.length(50);
    expect(sent.flatMap(({ refusal }) => refusal?.code ?? [])).to.deep.equal(Array(50).fill('sold_out'));
    expect(sizes).to.deep.equal([50]);
  });

  it('cuts what it appends to the bytes that the store takes, each command whole and in its order', async () => {
    const store = Object.assign(new MemoryEventStore(), { maxAppendBytes: 2_000 });
    const commandHandler = handlerOn(store);
    await open(commandHandler, 50);
    const appends: (readonly NewEvent[])[] = [];
    store.beforeAppend = (_stream, events) => {
      appends.push(events);
      return new Promise((resolve) => setImmediate(resolve));
    };
    const sent = await Promise.all(Array.from({ length: 30 }, (_, n) => hold(commandHandler, `o${n}`)));
    expect(sent.every(({ refusal }) => refusal === undefined)).to.equal(true);
    const sizes = appends.map((events) => events.reduce((sum, event) => sum + appendBytesOf(event), 0));
    expect(sizes.length).to.be.within(2, 29);
    expect(Math.max(...sizes)).to.be.within(1_000, 2_000);
    const orders = appends.flat().map(({ data }) => JSON.parse(data).orderId);
    expect(orders).to.deep.equal(Array.from({ length: 30 }, (_, n) => `o${n}`));
    expect(commandHandler.waiting).to.equal(0);
  });

  it('leaves it to the store to refuse a command that is too large, and goes on with the others', async () => {
    const store = Object.assign(new MemoryEventStore(), { maxAppendBytes: 50 });
    const commandHandler = handlerOn(store);
    const announced = open(commandHandler, 50);
    store.beforeAppend = (_stream, events) => {
      if (events.length > 1) throw new Error('more than one command');
    };
    await announced;
    const tooLarge = new RangeError('too large');
    store.beforeAppend = (_stream, [event]) => {
      if (event?.data.includes('"o1"')) throw tooLarge;
    };
    const sent = await Promise.allSettled(['o0', 'o1', 'o2'].map((orderId) => hold(commandHandler, orderId)));
    expect(sent.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(commandHandler.waiting).to.equal(0);
  });

  it('reads a stream that a command begins only where it is there already', async () => {
    const store = new MemoryEventStore();
    const reads: string[] = [];
    const read = store.read.bind(store);
    store.read = (stream, options) => {
      reads.push(stream);
      return read(stream, options);
    };
    const commandId = randomUUID();
    const send = (commandHandler: CommandHandler, command: object, id: string) => {
      const holder = { email: 'a@example.com', name: 'A' };
      const issued = {
        type: 'Issue' as const,
        ticketId: 't',
        saleId: 's',
        orderId: 'o',
        holder,
        issuedAt: 1,
        ...command,
      };
      return commandHandler.handle(ticket, 't', issued, context(id), { select: ticketOf });
    };
    const first = await send(handlerOn(store), {}, commandId);
    expect(reads).to.deep.equal([]);
    const again = await send(handlerOn(store), {}, commandId);
    expect(reads).to.deep.equal(['ticket-t']);
    expect([first.refusal, again.refusal]).to.deep.equal([undefined, undefined]);
    expect(again).to.deep.include({ events: [], revision: 0n });
    const other = handlerOn(store);
    expect(await other.query(ticket, 't', ticketOf)).to.deep.include({ revision: 0n });
    expect(store.typesOf('ticket-t')).to.deep.equal(['TicketIssued']);
  });

  it('of two instances lets one win, a thousand times (TIX-18)', async () => {
    const store = new MemoryEventStore();
    store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
    const [one, other] = [handlerOn(store), handlerOn(store)];
    for (let round = 0; round < 1_000; round++) {
      const id = `t${round}`;
      await issue(one, id);
      const scan = (commandHandler: CommandHandler, nonce: string) =>
        commandHandler.handle(ticket, id, { type: 'CheckIn', gateId: 'g', saleIds: ['s'], nonce, now: 2 }, context(), {
          select: ticketOf,
        });
      const sent = await Promise.all([scan(one, 'a'), scan(other, 'b')]);
      const codes = sent.map(({ refusal }) => refusal?.code ?? 'in').sort();
      expect(codes, id).to.deep.equal(['already_inside', 'in']);
      expect(store.typesOf(`ticket-${id}`)).to.deep.equal(['TicketIssued', 'TicketCheckedIn']);
    }
  }).timeout(60_000);

  it('holds all places of an order or none, on two instances (TIX-18)', async () => {
    const store = new MemoryEventStore();
    store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
    const [one, other] = [handlerOn(store), handlerOn(store)];
    await open(one, 6, ['A1', 'A2', 'A3', 'A4', 'A5', 'A6']);
    const [first, second] = await Promise.all([
      hold(one, 'o1', { quantity: 4, seats: ['A1', 'A2', 'A3', 'A4'] }),
      hold(other, 'o2', { quantity: 3, seats: ['A4', 'A5', 'A6'] }),
    ]);
    const refused = [first, second].flatMap(({ refusal }) => refusal ?? []);
    expect(refused).to.deep.equal([{ code: 'seats_taken', seats: ['A4'] }]);
    const { result } = await one.query(sale, 's', availability);
    expect(result.held).to.equal(first?.refusal === undefined ? 4 : 3);
  });

  it('adds nothing for a command id that the stream remembers, also after a reload', async () => {
    const store = new MemoryEventStore();
    await open(handlerOn(store), 5);
    for (let time = 0; time < 3; time++) {
      const sent = await hold(handlerOn(store), time === 0 ? 'o1' : 'another', {}, 'one-command');
      expect(sent.refusal === undefined && sent.result.held).to.equal(1);
    }
    expect(store.typesOf('sale-s')).to.deep.equal(['SaleAnnounced', 'SaleOpened', 'PlacesHeld']);
  });

  it('answers nobody as accepted when the append fails, and goes on from what is stored', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store);
    await open(commandHandler, 1);
    store.beforeAppend = () => {
      throw new StoreUnavailable('full');
    };
    const sent = await Promise.allSettled([hold(commandHandler, 'o1'), hold(commandHandler, 'o2')]);
    // The second was refused only because of the first, whose places were never kept.
    expect(sent.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    store.beforeAppend = () => undefined;
    expect((await hold(commandHandler, 'o2')).refusal).to.equal(undefined);
  });

  it('settles an append whose outcome is not known by its event ids', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store);
    await open(commandHandler, 1);
    const append = store.append.bind(store);
    const ids: string[][] = [];
    store.append = async (stream, events, expected) => {
      ids.push(events.map(({ id }) => id));
      if (ids.length < 3) throw new OutcomeUnknown('no answer');
      return append(stream, events, expected);
    };
    expect((await hold(commandHandler, 'o1')).refusal).to.equal(undefined);
    expect(ids).to.deep.equal([ids[0], ids[0], ids[0]]);
  });

  it('asks a store that is long silent no more, so that whoever waits is told', async () => {
    const store = new MemoryEventStore();
    const clock = new StillClock();
    const commandHandler = handlerOn(store, {}, clock);
    await open(commandHandler, 1);
    let asked = 0;
    store.append = async () => {
      asked++;
      clock.time += 10_000;
      throw new OutcomeUnknown('no answer');
    };
    expect(await failureOf(hold(commandHandler, 'o1'))).to.be.instanceOf(OutcomeUnknown);
    expect(asked).to.equal(1);
  });

  it('refuses beyond what may wait, and serves what was let in', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store, { waiting: 10 });
    await open(commandHandler, 100);
    const sent = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => hold(commandHandler, `o${n}`)));
    const refused = sent.filter((one) => one.status === 'rejected' && one.reason instanceof Overloaded);
    const served = sent.filter(({ status }) => status === 'fulfilled');
    expect(served.length).to.be.within(10, 11);
    expect(refused.length + served.length).to.equal(30);
  });

  it('refuses beyond what may wait over all streams, each after the others were served', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store, { waitingInAll: 10 });
    for (let round = 0; round < 2; round++) {
      const sent = await Promise.allSettled(
        Array.from({ length: 30 }, (_, n) => issue(commandHandler, `t${round}-${n}`)),
      );
      expect(sent.slice(0, 10).every(({ status }) => status === 'fulfilled')).to.equal(true);
      const refused = sent.slice(10).filter((one) => one.status === 'rejected' && one.reason instanceof Overloaded);
      expect(refused).to.have.length(20);
      expect(commandHandler.waiting).to.equal(0);
    }
    expect(store.all).to.have.length(20);
  });

  it('serves other streams while one has all that it may have waiting', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store, { waiting: 20, batch: 5 });
    await open(commandHandler, 100);
    const turns: string[] = [];
    store.beforeAppend = (stream) => {
      turns.push(stream);
      return new Promise((resolve) => setImmediate(resolve));
    };
    const hot = Promise.all(Array.from({ length: 20 }, (_, n) => hold(commandHandler, `o${n}`)));
    await issue(commandHandler, 'other');
    await hot;
    expect(turns.indexOf('ticket-other')).to.be.lessThan(turns.lastIndexOf('sale-s'));
  });

  it('keeps states within bytes', async () => {
    const commandHandler = handlerOn(new MemoryEventStore(), { cachedBytes: 20_000 });
    for (let n = 0; n < 40; n++) await issue(commandHandler, `t${n}`);
    expect(commandHandler.cachedBytes).to.be.within(1, 20_000);
  });

  it('rejects one command that breaks a rule, and no other of its batch', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store);
    await open(commandHandler, 5);
    await hold(commandHandler, 'o1');
    const broken = { type: 'Confirm' as const, orderId: 'o1', ticketIds: ['a', 'b'], now: 3 };
    const [first, wrong, last] = await Promise.allSettled([
      hold(commandHandler, 'o2'),
      commandHandler.handle(sale, 's', broken, context(), { select: availability }),
      hold(commandHandler, 'o3'),
    ]);
    expect([first?.status, wrong?.status, last?.status]).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((await commandHandler.query(sale, 's', availability)).result.held).to.equal(3);
  });

  it('keeps a bounded number of states, and is right without them', async () => {
    const store = new MemoryEventStore();
    const commandHandler = handlerOn(store, { cachedBytes: 20_000 });
    for (let n = 0; n < 40; n++) await issue(commandHandler, `t${n}`);
    for (let n = 0; n < 40; n++) {
      expect((await commandHandler.query(ticket, `t${n}`, ticketOf)).result?.status).to.equal('issued');
    }
  });
});
