import type { DomainEvent } from '../../domain/event.js';
import type { ProcessManager } from '../../domain/process.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';

/** In whose name a process goes on. */
export type Cause = Omit<CommandContext, 'commandId' | 'fingerprint'>;

export const causeOf = ({ commandId: _, fingerprint: __, ...cause }: CommandContext): Cause => cause;

/** What an effect is done for. */
export interface Running {
  /** Of the process: that of its stream without the category. */
  readonly id: string;
  readonly cause: Cause;
}

/**
 * Does one effect, and records what came of it by commands; the process looks at its stream afterwards.
 * @returns `unanswered` where it has to be done again later: the process goes on when it is due
 */
export type Perform<Effect> = (effect: Effect, running: Running) => Promise<'unanswered' | undefined>;

/** Steps of one walk; a process that needs more doesn't come to rest. */
const stepsLimit = 100;

/** Runs one kind of process, from wherever the events of a stream stand, until it is at rest or has to wait. */
export class ProcessRunner<State, Effect, Event extends DomainEvent = DomainEvent, Times = unknown> {
  readonly #walks = new Map<string, Promise<boolean>>();

  constructor(
    readonly process: ProcessManager<State, Effect, Event, Times>,
    private readonly perform: Perform<Effect>,
    private readonly commandHandler: CommandHandler,
    private readonly clock: Clock,
  ) {}

  /**
   * Twice at once in this process is one walk after the other: whoever joins late may have written what the first has
   * passed already.
   * @returns whether anything moved
   * @throws what the effects throw
   */
  advance(id: string, cause: Cause = { correlationId: id }): Promise<boolean> {
    const running = this.#walks.get(id);
    if (running !== undefined) return running.then(() => this.advance(id, cause));
    const walk = this.#walk({ id, cause }).finally(() => this.#walks.delete(id));
    this.#walks.set(id, walk);
    return walk;
  }

  async #walk(running: Running): Promise<boolean> {
    let at = await this.#look(running);
    const start = at.revision;
    for (let steps = 0; at.effects.length > 0; steps++) {
      if (steps === stepsLimit) throw new Error(`${this.process.name} ${running.id} does not come to rest`);
      const before = at.revision;
      for (const effect of at.effects) {
        const outcome = await this.perform(effect, running);
        at = await this.#look(running);
        if (outcome === 'unanswered') return at.revision !== start;
        // What comes next follows from where the stream stands now.
        if (at.revision !== before) break;
      }
      if (at.revision === before) break;
    }
    return at.revision !== start;
  }

  /** The state in memory will do: each effect is decided on the stream once more before it counts. */
  async #look({ id }: Running): Promise<{ readonly effects: readonly Effect[]; readonly revision: bigint }> {
    const { decider } = this.process;
    const next = (state: State): readonly Effect[] => this.process.next(state, this.clock.now());
    const { result: effects, revision } = await this.commandHandler.query(decider, id, next, 'cached');
    return { effects, revision };
  }
}
