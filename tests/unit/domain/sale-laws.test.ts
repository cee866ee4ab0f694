import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Expiring, ExpiryHeap } from '../../../src/domain/ticketing/expiry-heap.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import type { SaleCommand } from '../../../src/domain/ticketing/sale-commands.js';
import type { SaleEvent } from '../../../src/domain/ticketing/sale-events.js';
import { availability, holdOf, type SaleState, termsOf } from '../../../src/domain/ticketing/sale-state.js';
import { fold } from '../../support/decider.js';

const orderIds = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6'];
const seatNames = ['A1', 'A2', 'A3', 'A4'];
const limit = 3;

const instants = fc.nat(100_000);
const orderId = fc.constantFrom(...orderIds);
const seats = fc.uniqueArray(fc.constantFrom(...seatNames, 'Z9'), { minLength: 1, maxLength: 3 });

const places = (hasSeats: boolean) =>
  hasSeats
    ? seats.map((names) => ({ seats: names, quantity: names.length }))
    : fc.integer({ min: 1, max: 3 }).map((quantity) => ({ quantity }));

const commands = (hasSeats: boolean): fc.Arbitrary<SaleCommand> => {
  const request = { orderId, personId: fc.constantFrom('p1', 'p2', 'p3'), now: instants };
  const hold = fc.record({ type: fc.constant('Hold' as const), ...request });
  const again = fc.record({ type: fc.constant('Reacquire' as const), ...request, until: instants });
  const wanted = places(hasSeats);
  return fc.oneof(
    { arbitrary: fc.tuple(hold, wanted).map(([command, own]) => ({ ...command, ...own })), weight: 6 },
    fc.tuple(again, wanted).map(([command, own]) => ({ ...command, ...own })),
    fc.record({ type: fc.constantFrom('Open' as const, 'Pause' as const), now: instants }),
    { arbitrary: fc.record({ type: fc.constant('Open' as const), now: instants }), weight: 2 },
    { arbitrary: fc.record({ type: fc.constant('LapseDue' as const), now: instants }), weight: 2 },
    fc.record({ type: fc.constant('ChangeCapacity' as const), capacity: fc.nat(12), now: instants }),
    fc.record({ type: fc.constantFrom('Extend' as const, 'Release' as const), orderId, now: instants }),
    fc.record({ type: fc.constant('ExtendForPayment' as const), orderId, until: instants, now: instants }),
    {
      arbitrary: fc.record({
        type: fc.constantFrom('Confirm' as const, 'Return' as const),
        orderId,
        ticketIds: fc.constant([]),
        now: instants,
      }),
      weight: 4,
    },
  );
};

const announced = (hasSeats: boolean): SaleCommand => ({
  type: 'Announce',
  saleId: 's',
  name: 'Show',
  venue: 'Hall',
  startsAt: 1_000_000,
  capacity: hasSeats ? seatNames.length : 8,
  ...(hasSeats && { seats: seatNames }),
  price: { amountMinor: 100, currency: 'EUR' },
  perPersonLimit: limit,
  holdSeconds: 20,
  now: 0,
});

/** Tickets that fit the order as it stands, some of them for a return. */
const fitted = (command: SaleCommand, state: SaleState): SaleCommand => {
  if (command.type !== 'Confirm' && command.type !== 'Return') return command;
  const hold = holdOf(state, command.orderId);
  if (command.type === 'Return')
    return { ...command, ticketIds: hold?.ticketIds.slice(0, 1 + (command.now % 2)) ?? [] };
  return { ...command, ticketIds: Array.from({ length: hold?.quantity ?? 0 }, (_, i) => `${command.orderId}-${i}`) };
};

/** All that a reader can see. */
const toJson = (state: SaleState) => ({
  terms: termsOf(state),
  places: availability(state),
  holds: orderIds.map((id) => holdOf(state, id)),
});

/** What each person and seat has, counted from the events by a model of its own. */
const counted = (events: readonly SaleEvent[]) => {
  const persons = new Map<string, number>();
  const owners = new Map<string, string>();
  const open = new Set<string>();
  for (const { type, data } of events) {
    if (type === 'PlacesHeld' || type === 'HoldLapsed' || type === 'HoldReleased' || type === 'PlacesReturned') {
      const sign = type === 'PlacesHeld' ? 1 : -1;
      persons.set(data.personId, (persons.get(data.personId) ?? 0) + sign * data.quantity);
      for (const seat of data.seats ?? []) {
        if (sign > 0) {
          expect(owners.has(seat), `${seat} is taken twice`).to.equal(false);
          owners.set(seat, data.orderId);
        } else owners.delete(seat);
      }
    }
    if (type === 'PlacesHeld') open.add(data.orderId);
    if (type === 'HoldLapsed' || type === 'HoldReleased' || type === 'PlacesSold') {
      expect(open.delete(data.orderId), `${data.orderId} ended twice`).to.equal(true);
    }
  }
  return { persons };
};

describe('laws of a sale', () => {
  for (const hasSeats of [false, true]) {
    it(`hold for any commands and any clock, with ${hasSeats ? 'named seats' : 'general admission'}`, () => {
      fc.assert(
        fc.property(fc.array(commands(hasSeats), { minLength: 1, maxLength: 60 }), (script) => {
          const events: SaleEvent[] = [];
          let state = sale.initialState();
          for (const raw of [announced(hasSeats), { type: 'Open' as const, now: 0 }, ...script]) {
            const command = fitted(raw, state);
            const before = toJson(state);
            const decision = sale.decide(command, state);
            expect(sale.decide(command, state), 'the same decision twice').to.deep.equal(decision);
            expect(toJson(state), 'decide only reads').to.deep.equal(before);
            for (const event of decision.events ?? []) state = sale.evolve(state, event);
            events.push(...(decision.events ?? []));
            const { capacity, free, held, sold } = availability(state);
            expect(free + held + sold).to.equal(capacity);
            expect(Math.min(free, held, sold), 'never below zero').to.be.at.least(0);
            for (const taken of counted(events).persons.values()) expect(taken).to.be.within(0, limit);
            const again = sale.decide(command, state);
            const isSilent = again.events === undefined || again.events.length === 0;
            expect(isSilent, `${command.type} twice adds nothing`).to.equal(true);
          }
          expect(toJson(fold(sale, events)), 'replay equals state').to.deep.equal(toJson(state));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('hold for the heap of holds: what is due equals a sorted list', () => {
    const step = fc.record({ kind: fc.nat(3), which: fc.nat(40), at: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (script) => {
        const heap = new ExpiryHeap<Expiring>();
        const inside: Expiring[] = [];
        for (const { kind, which, at } of script) {
          const entry = inside[which % Math.max(inside.length, 1)];
          if (kind < 2 || entry === undefined) {
            const added = { expiresAt: at, heapIndex: -1 };
            inside.push(added);
            heap.add(added);
          } else if (kind === 2) heap.move(entry, at);
          else {
            heap.remove(entry);
            inside.splice(inside.indexOf(entry), 1);
          }
          const due = heap.due(25).map(({ expiresAt }) => expiresAt);
          const expected = inside.map(({ expiresAt }) => expiresAt).filter((expiresAt) => expiresAt <= 25);
          expect(due.toSorted((a, b) => a - b)).to.deep.equal(expected.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
