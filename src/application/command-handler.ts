import { type Decider, streamOf } from '../domain/decider.js';
import type { DomainEvent } from '../domain/event.js';
import type { CommandContext } from './command-context.js';
import { type CommandLimits, defaultLimits } from './command-limits.js';
import { type CommandObserver, type Outcome, tellOf } from './command-observer.js';
import type { EventCatalogue } from './event-catalogue.js';
import { EventWriter } from './event-writer.js';
import { PendingAppend } from './pending-append.js';
import type { Clock } from './ports/clock.js';
import { type EventStore, type Position, WrongExpectedRevision } from './ports/event-store.js';
import type { Ids } from './ports/ids.js';
import { isOtherRequest } from './remembered-commands.js';
import { type SnapshotOptions, SnapshotPolicy } from './snapshot-policy.js';
import { StateCache } from './state-cache.js';
import type { AnyDecider, StreamState } from './stream-state.js';

/** What became of a command: its events are durable (none if it changed nothing), or it was refused. */
export type Handled<Event, Refusal, T> =
  | ({ readonly refusal?: undefined; readonly events: readonly Event[] } & Queried<T>)
  | { readonly refusal: Refusal };

export interface Queried<T> {
  /** What the caller selected from the state. */
  readonly result: T;
  /** Revision of the stream's last event; -1 where there is no stream. */
  readonly revision: bigint;
  /** Position of the stream's last event. */
  readonly position: Position;
}

/**
 * `current`: what gives no event rests on the stream as the store has it now. `cached`: the state in memory will do, which
 * other instances may have left behind; for what is decided again, under an expected revision, before it counts.
 */
export type Load = 'current' | 'cached';

export interface HandleOptions<State, T> {
  /** Reads what the caller needs from the state, and its revision, right after the command; must not keep the state. */
  readonly select?: (state: State, revision: bigint) => T;
  /** Revisions of the stream that the command may change; any when left out. */
  readonly expectedRevision?: readonly bigint[];
  /** `current` unless told otherwise. */
  readonly load?: Load;
}

/** The stream is at another revision than the caller expects. */
export class RevisionMismatch extends Error {
  override readonly name = 'RevisionMismatch';
  constructor(readonly revision: bigint) {
    super(`the stream is at revision ${revision}`);
  }
}

/** The command's id belongs to one that said something else. */
export class CommandReused extends Error {
  override readonly name = 'CommandReused';
}

/** Too many commands wait, or others kept changing the stream: try again. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** A command or a query that waits for its turn. */
interface Request {
  /** Absent for a query. */
  readonly command?: { readonly body: unknown; readonly context: CommandContext };
  readonly options: HandleOptions<unknown, unknown>;
  readonly resolve: (handled: Handled<DomainEvent, unknown, unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** What waits for a stream, and its state while somebody works on it. */
interface StreamQueue {
  readonly stream: string;
  readonly decider: AnyDecider;
  readonly waiting: Request[];
  /** Those that were taken out to be decided. */
  deciding: number;
  loaded: StreamState | undefined;
}

/**
 * Handles the commands of each stream one batch after the other: takes all that wait, decides each on the state in memory,
 * appends their events in one write, then answers each. Nothing is answered before what it rests on is durable.
 */
export class CommandHandler {
  readonly #queues = new Map<string, StreamQueue>();
  readonly #limits: CommandLimits;
  readonly #states: StateCache;
  readonly #writer: EventWriter;
  #waiting = 0;

  constructor(
    private readonly store: Pick<EventStore, 'append' | 'read' | 'maxAppendBytes'>,
    catalogue: EventCatalogue,
    private readonly clock: Clock,
    ids: Ids,
    limits: Partial<CommandLimits> = {},
    snapshots?: SnapshotOptions,
    private readonly observer?: CommandObserver,
  ) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#writer = new EventWriter(store, catalogue, clock, ids);
    const policy = snapshots && new SnapshotPolicy(snapshots);
    this.#states = new StateCache(store, catalogue, this.#limits, policy);
  }

  /** Commands and queries that wait, or are being decided, over all streams. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes of memory, about, that the states of idle streams take. */
  get cachedBytes(): number {
    return this.#states.cachedBytes;
  }

  /**
   * Decides a command on a stream and appends what follows from it. A command whose id the stream remembers adds nothing.
   * @throws CommandReused, RevisionMismatch, Overloaded, StoreUnavailable, OutcomeUnknown; what `decide` throws for a broken rule
   */
  handle<State, Command, Event extends DomainEvent, Refusal, T = undefined>(
    decider: Decider<State, Command, Event, Refusal>,
    id: string,
    command: Command,
    context: CommandContext,
    options: HandleOptions<State, T> = {},
  ): Promise<Handled<Event, Refusal, T>> {
    const handled = this.#enqueue(decider, id, { body: command, context }, options);
    return handled as Promise<Handled<Event, Refusal, T>>;
  }

  /** Reads from a stream's state, behind all commands that were sent before. */
  async query<State, Command, Event extends DomainEvent, Refusal, T>(
    decider: Decider<State, Command, Event, Refusal>,
    id: string,
    select: (state: State, revision: bigint) => T,
    load: Load = 'current',
  ): Promise<Queried<T>> {
    const handled = await this.#enqueue(decider, id, undefined, { select, load });
    if ('refusal' in handled && handled.refusal !== undefined) throw new Error('a query cannot be refused');
    return handled as Queried<T>;
  }

  /** Writes snapshots of streams that fell idle far beyond their last one, one after the other with room for others. */
  async saveIdle(signal?: AbortSignal): Promise<void> {
    do await this.clock.sleep(1);
    while (!signal?.aborted && this.#states.saveNext());
  }

  #enqueue(
    decider: unknown,
    id: string,
    command: Request['command'],
    options: unknown,
  ): Promise<Handled<DomainEvent, unknown, unknown>> {
    const typed = decider as AnyDecider;
    const stream = streamOf(typed, id);
    const refused = this.#refusal(stream);
    if (refused !== undefined) return Promise.reject(refused);
    this.#waiting++;
    const { promise, resolve, reject } = Promise.withResolvers<Handled<DomainEvent, unknown, unknown>>();
    const request = { ...(command && { command }), options: options as Request['options'], resolve, reject };
    const known = this.#queues.get(stream);
    if (known !== undefined) {
      known.waiting.push(request);
      return promise;
    }
    const loaded = this.#states.checkOut(stream);
    const queue = { stream, decider: typed, waiting: [request], deciding: 0, loaded };
    this.#queues.set(stream, queue);
    // What is sent in the same breath is decided and appended together.
    queueMicrotask(() => void this.#work(queue));
    return promise;
  }

  #refusal(stream: string): Overloaded | undefined {
    const { waiting, waitingInAll } = this.#limits;
    if (this.#waiting >= waitingInAll) return new Overloaded(`${this.#waiting} commands wait`);
    const queue = this.#queues.get(stream);
    const before = queue === undefined ? 0 : queue.waiting.length + queue.deciding;
    return before >= waiting ? new Overloaded(`${before} commands wait for ${stream}`) : undefined;
  }

  async #work(queue: StreamQueue): Promise<void> {
    while (queue.waiting.length > 0) {
      const batch = queue.waiting.splice(0, this.#limits.batch);
      queue.deciding = batch.length;
      try {
        await this.#handle(queue, batch);
      } catch (error) {
        queue.loaded = undefined;
        for (const request of batch) request.reject(error);
      }
      queue.deciding = 0;
      this.#waiting -= batch.length;
      await this.#save(queue);
    }
    this.#queues.delete(queue.stream);
    if (queue.loaded !== undefined) this.#states.checkIn(queue.decider, queue.stream, queue.loaded);
  }

  /** Between two batches, and after the answers of the last one have gone out. */
  async #save({ stream, decider, loaded }: StreamQueue): Promise<void> {
    if (loaded === undefined || !this.#states.isDue(decider, loaded)) return;
    await this.clock.sleep(0);
    this.#states.save(decider, stream, loaded);
  }

  async #handle(queue: StreamQueue, batch: Request[]): Promise<void> {
    let isCurrent = batch.every(({ options }) => options.load === 'cached');
    for (let attempt = 1; ; attempt++) {
      if (queue.loaded === undefined) {
        const isNew = attempt === 1 && batch.every((request) => startsStream(queue.decider, request));
        queue.loaded = isNew ? this.#states.empty(queue.decider) : await this.#states.load(queue.decider, queue.stream);
        isCurrent = !isNew;
      }
      const loaded = queue.loaded;
      const pending = new PendingAppend(this.store.maxAppendBytes);
      const outcomes = this.#decideAll(queue, loaded, batch, pending);
      if (pending.events.length > 0) {
        try {
          const begunAt = this.clock.now();
          await this.#writer.append(queue.stream, pending.events, loaded);
          this.observer?.appended(pending.events, this.clock.now() - begunAt);
        } catch (error) {
          // The state has gone on without its events.
          queue.loaded = undefined;
          if (!(error instanceof WrongExpectedRevision)) throw error;
          if (attempt === this.#limits.tries) throw new Overloaded(`${queue.stream} kept changing`);
          await this.clock.sleep(this.clock.random() * 2 ** attempt);
          continue;
        }
      } else if (!isCurrent) {
        // No append finds out whether the stream has gone on: a refusal or a query must not rest on an old state.
        isCurrent = true;
        if (await this.#states.catchUp(queue.decider, queue.stream, loaded)) continue;
      }
      batch.forEach((request, index) => {
        const outcome = outcomes[index];
        if (outcome !== undefined) tellOf(this.observer, request.command?.body, outcome);
        answer(request, outcome, loaded);
      });
      return;
    }
  }

  /** Those whose events don't fit into the same append wait for the next batch. */
  #decideAll(queue: StreamQueue, loaded: StreamState, batch: Request[], pending: PendingAppend): readonly Outcome[] {
    const outcomes: Outcome[] = [];
    for (const [index, request] of batch.entries()) {
      const outcome = this.#decide(queue.decider, loaded, request, pending);
      if (outcome === undefined) {
        queue.waiting.unshift(...batch.splice(index));
        queue.deciding = batch.length;
        break;
      }
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** @returns nothing where the append has no room for its events: then nothing was changed */
  #decide(decider: AnyDecider, loaded: StreamState, request: Request, pending: PendingAppend): Outcome | undefined {
    const { command, options } = request;
    const select = options.select ?? selectNothing;
    const revision = loaded.revision + BigInt(pending.events.length);
    try {
      const before = command && loaded.commands.fingerprintOf(command.context.commandId);
      if (command === undefined || before !== undefined) {
        if (isOtherRequest(before, command?.context.fingerprint)) throw new CommandReused();
        return { events: [], result: select(loaded.state, revision) };
      }
      if (options.expectedRevision?.includes(revision) === false && revision >= 0n)
        throw new RevisionMismatch(revision);
      const decision = decider.decide(command.body, loaded.state);
      if (decision.events === undefined) return { refusal: decision.refusal };
      const encoded = decision.events.map((event) => this.#writer.encode(event, command.context));
      if (!pending.add(encoded)) return undefined;
      for (const event of decision.events) loaded.state = decider.evolve(loaded.state, event);
      if (encoded.length > 0) loaded.commands.add(command.context.commandId, command.context.fingerprint);
      return { events: decision.events, result: select(loaded.state, revision + BigInt(encoded.length)) };
    } catch (error) {
      return { error };
    }
  }
}

const selectNothing = (): undefined => undefined;

const startsStream = (decider: AnyDecider, { command }: Request): boolean =>
  command !== undefined && decider.startsStream?.(command.body) === true;

const answer = (request: Request, outcome: Outcome | undefined, { revision, position }: StreamState): void => {
  if (outcome === undefined) request.reject(new Error('a command was left undecided'));
  else if ('error' in outcome) request.reject(outcome.error);
  else if ('refusal' in outcome) request.resolve({ refusal: outcome.refusal });
  else request.resolve({ ...outcome, revision, position });
};
