import { randomUUID } from 'node:crypto';
import { CommandHandler } from '../../src/application/command-handler.js';
import { EventCatalogue } from '../../src/application/event-catalogue.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import { accept, type Decider } from '../../src/domain/decider.js';
import { type EventOf, event } from '../../src/domain/event.js';
import type { ProcessManager } from '../../src/domain/process.js';
import { count, instant } from '../../src/domain/shape.js';
import { StillClock } from './bank.js';
import { MemoryEventStore } from './memory-event-store.js';

export const countdownEvents = {
  Begun: event(1, { from: count, dueAt: instant }),
  Stepped: event(1, { left: count }),
};
type CountdownEvent = EventOf<typeof countdownEvents>;

type CountdownCommand =
  | { readonly type: 'Begin'; readonly from: number; readonly dueAt: number }
  /** From this number down: a step that was taken already changes nothing. */
  | { readonly type: 'Step'; readonly from: number };

interface Countdown {
  readonly left: number;
  readonly dueAt: number;
}

export const countdown: Decider<Countdown, CountdownCommand, CountdownEvent, never> = {
  category: 'countdown',
  events: countdownEvents,
  initialState: () => ({ left: 0, dueAt: 0 }),
  evolve: (state, { type, data }) => {
    if (type === 'Begun') return { left: data.from, dueAt: data.dueAt };
    return { ...state, left: data.left };
  },
  decide: (command, { left }) => {
    if (command.type === 'Begin') return accept({ type: 'Begun', data: { from: command.from, dueAt: command.dueAt } });
    return command.from === left ? accept({ type: 'Stepped', data: { left: left - 1 } }) : accept();
  },
};

/** Once its time has come, it counts down to nothing. */
export const counting: ProcessManager<Countdown, { readonly from: number }, CountdownEvent, Countdown> = {
  name: 'counting',
  version: 1,
  decider: countdown,
  next: ({ left, dueAt }, now) => (left > 0 && now >= dueAt ? [{ from: left }] : []),
  timer: {
    initialState: () => countdown.initialState(),
    evolve: (times, happened) => countdown.evolve(times, happened),
    dueAt: ({ left, dueAt }) => (left > 0 ? dueAt : undefined),
  },
};

export const catalogue = new EventCatalogue(countdownEvents);

/** One process of the system over a store that others may share. */
export const countdownOn = (store = new MemoryEventStore(), clock = new StillClock()) => {
  const ids = { next: randomUUID };
  const commandHandler = new CommandHandler(store as MemoryEventStore & EventStore, catalogue, clock, ids);
  const send = (id: string, command: CountdownCommand) =>
    commandHandler.handle(countdown, id, command, { commandId: randomUUID(), correlationId: 'test' });
  return { store, clock, commandHandler, send };
};
