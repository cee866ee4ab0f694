import { expect } from 'chai';
import type { Decider } from '../../src/domain/decider.js';
import type { DomainEvent } from '../../src/domain/event.js';
import { thenStep } from './then.js';

/** The state that a list of events leads to. */
export const fold = <State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event, unknown>, 'initialState' | 'evolve'>,
  events: Iterable<Event>,
): State => {
  let state = decider.initialState();
  for (const event of events) state = decider.evolve(state, event);
  return state;
};

/** Given events, when a command, then events or a refusal. */
export const given = <State, Command, Event extends DomainEvent, Refusal>(
  decider: Decider<State, Command, Event, Refusal>,
  events: readonly Event[],
) => ({
  when: (command: Command) => {
    const decide = () => decider.decide(command, fold(decider, events));
    return {
      ...thenStep((...expected: readonly Event[]) => expect(decide()).to.deep.equal({ events: expected })),
      nothing: () => expect(decide()).to.deep.equal({ events: [] }),
      refused: (refusal: Refusal) => expect(decide()).to.deep.equal({ refusal }),
    };
  },
});

/** What a command leads to, in short: the types of its events, a dash when there are none, or the code of the refusal. */
export const outcomeOf = <State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event, { readonly code: string }>,
  events: readonly Event[],
  command: Command,
): string => {
  const decision = decider.decide(command, fold(decider, events));
  if (decision.events === undefined) return decision.refusal.code;
  return decision.events.map(({ type }) => type).join(' + ') || '-';
};

/**
 * Checks that a command, sent again right after its events, adds none.
 * @returns the story with the events of the command
 */
export const afterTwice = <State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event, unknown>,
  events: readonly Event[],
  command: Command,
): readonly Event[] => {
  const { events: added = [] } = decider.decide(command, fold(decider, events));
  const story = [...events, ...added];
  const { events: again = [] } = decider.decide(command, fold(decider, story));
  expect(again, 'the second time').to.deep.equal([]);
  return story;
};
