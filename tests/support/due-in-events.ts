import type { Clock } from '../../src/application/ports/clock.js';
import type { AnyRunner } from '../../src/application/processes/due-processes.js';
import type { DomainEvent } from '../../src/domain/event.js';
import type { MemoryEventStore } from './memory-event-store.js';

/** Processes whose time has come, by the stored events alone: what the index of due times is to say. */
export class DueInEvents {
  constructor(
    private readonly store: MemoryEventStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly runners: readonly AnyRunner[],
  ) {}

  /** Processes that are not over, and not waiting for an event. */
  get size(): number {
    return this.#all().length;
  }

  /** Goes on with all that is due. @returns how many processes were */
  async look(): Promise<number> {
    const due = this.#all().filter(({ dueAt }) => dueAt <= this.clock.now());
    for (const { runner, id } of due) await runner.advance(id);
    return due.length;
  }

  #all(): readonly { readonly runner: AnyRunner; readonly id: string; readonly dueAt: number }[] {
    return this.runners.flatMap((runner) => {
      const { decider, timer } = runner.process;
      const times = new Map<string, unknown>();
      for (const { stream, type, data } of this.store.all) {
        if (!stream.startsWith(`${decider.category}-`)) continue;
        const event: DomainEvent = { type, data: JSON.parse(data) };
        times.set(stream, timer.evolve(times.get(stream) ?? timer.initialState(), event));
      }
      return [...times].flatMap(([stream, at]) => {
        const dueAt = timer.dueAt(at);
        return typeof dueAt === 'number' ? [{ runner, id: stream.slice(decider.category.length + 1), dueAt }] : [];
      });
    });
  }
}
