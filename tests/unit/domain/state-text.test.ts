import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { card } from '../../../src/domain/banking/card.js';
import type { Aggregate } from '../../../src/domain/decider.js';
import type { DomainEvent } from '../../../src/domain/event.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import { fold } from '../../support/decider.js';
import { cardCommands, saleCommands } from '../../support/histories.js';

/** The events of commands decided one after the other; those that break a rule are left out. */
const eventsOf = <State, Command, Event extends DomainEvent>(
  aggregate: Aggregate<State, Command, Event, unknown>,
  commands: readonly Command[],
): readonly Event[] => {
  const events: Event[] = [];
  let state = aggregate.initialState();
  for (const command of commands) {
    try {
      for (const event of aggregate.decide(command, state).events ?? []) {
        state = aggregate.evolve(state, event);
        events.push(event);
      }
    } catch {
      // Tickets that don't fit the places.
    }
  }
  return events;
};

const expectSame = <State, Event extends DomainEvent>(
  aggregate: Aggregate<State, never, Event, unknown>,
  events: readonly Event[],
  cut: number,
): void => {
  const { text } = aggregate;
  if (text === undefined) throw new Error(`${aggregate.category} has no text`);
  let state = text.read(text.write(fold(aggregate, events.slice(0, cut))));
  expect(state, 'at the cut').to.deep.equal(fold(aggregate, events.slice(0, cut)));
  for (const event of events.slice(cut)) state = aggregate.evolve(state, event);
  const whole = fold(aggregate, events);
  expect(state, 'after the rest').to.deep.equal(whole);
  expect(text.write(state), 'also what only the class of the heap sees').to.equal(text.write(whole));
};

describe('a state put down and taken up again goes on like one that was never put down', () => {
  for (const hasSeats of [false, true]) {
    it(`of a sale with ${hasSeats ? 'named seats' : 'general admission'}, at any cut`, () => {
      fc.assert(
        fc.property(saleCommands(hasSeats), fc.nat(1_000), (commands, chance) => {
          const events = eventsOf(sale, commands);
          expectSame(sale, events, chance % (events.length + 1));
        }),
        { numRuns: 200 },
      );
    });
  }

  for (const many of [0, 510]) {
    it(`of a card that has ${many} payments behind it, at any cut`, () => {
      fc.assert(
        fc.property(cardCommands(many), fc.nat(2_000), (commands, chance) => {
          const events = eventsOf(card, commands);
          expectSame(card, events, chance % (events.length + 1));
        }),
        { numRuns: many === 0 ? 200 : 30 },
      );
    });
  }
});
