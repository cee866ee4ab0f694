import { expect } from 'chai';
import { type Aggregate, fold } from '../../src/domain/decider.js';
import type { DomainEvent } from '../../src/domain/event.js';

/** Given events, when a command, then events or a refusal. */
export const given = <State, Command, Event extends DomainEvent, Refusal>(
  aggregate: Aggregate<State, Command, Event, Refusal>,
  events: readonly Event[],
) => ({
  when: (command: Command) => {
    const decide = () => aggregate.decide(command, fold(aggregate, events));
    return {
      // biome-ignore lint/suspicious/noThenProperty: the word of given, when, then; nobody awaits it
      then: (...expected: readonly Event[]) => expect(decide()).to.deep.equal({ events: expected }),
      nothing: () => expect(decide()).to.deep.equal({ events: [] }),
      refused: (refusal: Refusal) => expect(decide()).to.deep.equal({ refusal }),
    };
  },
});
