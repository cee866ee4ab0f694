import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { card } from '../../../src/domain/banking/card.js';
import type { Decider } from '../../../src/domain/decider.js';
import type { DomainEvent } from '../../../src/domain/event.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { fold } from '../../support/decider.js';
import { cardCommands, saleCommands } from '../../support/histories.js';

/** The events of commands decided one after the other; those that break a rule are left out. */
const eventsOf = <State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event, unknown>,
  commands: readonly Command[],
): readonly Event[] => {
  const events: Event[] = [];
  let state = decider.initialState();
  for (const command of commands) {
    try {
      for (const event of decider.decide(command, state).events ?? []) {
        state = decider.evolve(state, event);
        events.push(event);
      }
    } catch {
      // Tickets that don't fit the places.
    }
  }
  return events;
};

/** What a command leads to, or what it throws. */
const decided = <State, Command>(
  decider: { decide(command: Command, state: State): unknown },
  command: Command,
  state: State,
): unknown => {
  try {
    return decider.decide(command, state);
  } catch (error) {
    return String(error);
  }
};

const expectSame = <State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event, unknown>,
  commands: readonly Command[],
  cutAt: number,
): void => {
  const { snapshotCodec: codec } = decider;
  if (codec === undefined) throw new Error(`${decider.category} has no snapshots`);
  const events = eventsOf(decider, commands);
  const cut = cutAt % (events.length + 1);
  const original = fold(decider, events.slice(0, cut));
  const text = codec.encode(original);
  let state = codec.decode(text);
  expect(codec.encode(state), 'the same text').to.equal(text);
  expect(state, 'at the cut').to.deep.equal(original);
  for (const command of commands) {
    expect(decided(decider, command, state), 'decides').to.deep.equal(decided(decider, command, original));
  }
  for (const event of events.slice(cut)) state = decider.evolve(state, event);
  const whole = fold(decider, events);
  expect(state, 'after the rest').to.deep.equal(whole);
  expect(codec.encode(state), 'also what only the class of the heap sees').to.equal(codec.encode(whole));
};

describe('a state that was decoded goes on like one that never was encoded', () => {
  for (const hasSeats of [false, true]) {
    it(`of a sale with ${hasSeats ? 'named seats' : 'general admission'}, at any cut`, () => {
      fc.assert(
        fc.property(saleCommands(hasSeats), fc.nat(1_000), (commands, cutAt) => expectSame(sale, commands, cutAt)),
        { numRuns: 200 },
      );
    });
  }

  for (const many of [0, 510]) {
    it(`of a card that has ${many} payments behind it, at any cut`, () => {
      fc.assert(
        fc.property(cardCommands(many), fc.nat(2_000), (commands, cutAt) => expectSame(card, commands, cutAt)),
        { numRuns: many === 0 ? 200 : 30 },
      );
    });
  }
});
