import { type Decider, streamOf } from '../domain/decider.js';
import type { DomainEvent } from '../domain/event.js';
import type { CommandContext } from './command-context.js';
import type { EventCatalogue } from './event-catalogue.js';
import { EventWriter } from './event-writer.js';
import type { Clock } from './ports/clock.js';
import { type EventStore, type NewEvent, type Position, WrongExpectedRevision } from './ports/event-store.js';
import type { Ids } from './ports/ids.js';
import { SnapshotKeeping, type SnapshotOptions } from './snapshot-keeping.js';
import type { AnyDecider, StreamState } from './stream-state.js';
import { type StateLimits, StreamStates } from './stream-states.js';

/** What became of a command: its events are durable (none if it changed nothing), or it was refused. */
export type Sent<Event, Refusal, T> =
  | {
      readonly refusal?: undefined;
      readonly events: readonly Event[];
      /** What the caller selected from the state right after the command. */
      readonly result: T;
      /** Revision of the stream after the command; -1 where there is no stream. */
      readonly revision: bigint;
      /** Position of the stream's last event. */
      readonly position: Position;
    }
  | { readonly refusal: Refusal };

/** Too many commands wait, or others kept changing the stream: try again. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

export interface MailboxLimits extends StateLimits {
  /** Commands that may wait for one stream, with those that are being decided. */
  readonly waiting: number;
  /** The same over all streams. */
  readonly waitingInAll: number;
  /** Commands decided and appended in one go. */
  readonly batch: number;
  /** Tries of a batch against other writers. */
  readonly tries: number;
}

const defaultLimits: MailboxLimits = {
  waiting: 10_000,
  waitingInAll: 20_000,
  batch: 1_000,
  tries: 8,
  cachedBytes: 128 * 1024 * 1024,
  rememberedCommands: 1_000,
};

interface Letter {
  /** Absent when the sender only wants to read. */
  readonly command?: { readonly body: unknown; readonly context: CommandContext };
  readonly select: (state: unknown) => unknown;
  readonly resolve: (sent: Sent<DomainEvent, unknown, unknown>) => void;
  readonly reject: (error: unknown) => void;
}

interface Box {
  readonly stream: string;
  readonly decider: AnyDecider;
  readonly letters: Letter[];
  /** Those that were taken out to be decided. */
  deciding: number;
  loaded: StreamState | undefined;
}

type Outcome =
  | { readonly events: readonly DomainEvent[]; readonly result: unknown }
  | { readonly refusal: unknown }
  | { readonly error: unknown };

/**
 * One mailbox a stream: takes all waiting commands, decides each on the state in memory, appends their events in one
 * write, then answers each. Nothing is answered before what it rests on is durable.
 */
export class Mailboxes {
  readonly #active = new Map<string, Box>();
  readonly #limits: MailboxLimits;
  readonly #states: StreamStates;
  readonly #writer: EventWriter;
  #waiting = 0;

  constructor(
    private readonly store: Pick<EventStore, 'append' | 'read' | 'isExclusive'>,
    catalogue: EventCatalogue,
    private readonly clock: Clock,
    ids: Ids,
    limits: Partial<MailboxLimits> = {},
    snapshots?: SnapshotOptions,
  ) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#writer = new EventWriter(store, catalogue, clock, ids, this.#limits.tries);
    const keeping = snapshots && new SnapshotKeeping(snapshots);
    this.#states = new StreamStates(store, catalogue, this.#limits, keeping);
  }

  /** Commands and reads that wait, or are being decided, over all streams. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes of memory, about, that the states of streams at rest take. */
  get restingBytes(): number {
    return this.#states.restingBytes;
  }

  /**
   * Decides a command on a stream and appends what follows from it. A command whose id the stream remembers adds
   * nothing, and `select` reads the state as it is now.
   * @param select reads what the caller needs from the state right after the command; must not keep the state itself
   * @throws Overloaded, StoreUnavailable, OutcomeUnknown; what `decide` throws for a broken rule
   */
  send<State, Command, Event extends DomainEvent, Refusal, T>(
    decider: Decider<State, Command, Event, Refusal>,
    id: string,
    command: Command,
    context: CommandContext,
    select: (state: State) => T,
  ): Promise<Sent<Event, Refusal, T>> {
    return this.#post(decider, id, { body: command, context }, select) as Promise<Sent<Event, Refusal, T>>;
  }

  /**
   * Writes snapshots of streams that came to rest far beyond their last one, one after the other with room for others
   * between.
   */
  async saveRested(signal?: AbortSignal): Promise<void> {
    do await this.clock.sleep(1);
    while (!signal?.aborted && this.#states.saveNext());
  }

  /** Reads from a stream's state as the last answered command left it. */
  async read<State, Command, Event extends DomainEvent, Refusal, T>(
    decider: Decider<State, Command, Event, Refusal>,
    id: string,
    select: (state: State) => T,
  ): Promise<{ readonly result: T; readonly revision: bigint; readonly position: Position }> {
    const sent = await this.#post(decider, id, undefined, select);
    if ('refusal' in sent && sent.refusal !== undefined) throw new Error('a read can not be refused');
    return sent as { result: T; revision: bigint; position: Position };
  }

  #post(
    decider: unknown,
    id: string,
    command: Letter['command'],
    select: unknown,
  ): Promise<Sent<DomainEvent, unknown, unknown>> {
    const typed = decider as AnyDecider;
    const stream = streamOf(typed, id);
    const refused = this.#refusal(stream);
    if (refused !== undefined) return Promise.reject(refused);
    this.#waiting++;
    const { promise, resolve, reject } = Promise.withResolvers<Sent<DomainEvent, unknown, unknown>>();
    const letter = { ...(command && { command }), select: select as Letter['select'], resolve, reject };
    const active = this.#active.get(stream);
    if (active !== undefined) {
      active.letters.push(letter);
      return promise;
    }
    const box = { stream, decider: typed, letters: [letter], deciding: 0, loaded: this.#states.take(stream) };
    this.#active.set(stream, box);
    // What is sent in the same breath is decided and appended together.
    queueMicrotask(() => void this.#work(box));
    return promise;
  }

  #refusal(stream: string): Overloaded | undefined {
    const { waiting, waitingInAll } = this.#limits;
    if (this.#waiting >= waitingInAll) return new Overloaded(`${this.#waiting} commands wait`);
    const { letters, deciding } = this.#active.get(stream) ?? { letters: [], deciding: 0 };
    const before = letters.length + deciding;
    return before >= waiting ? new Overloaded(`${before} commands wait for ${stream}`) : undefined;
  }

  async #work(box: Box): Promise<void> {
    while (box.letters.length > 0) {
      const letters = box.letters.splice(0, this.#limits.batch);
      box.deciding = letters.length;
      try {
        await this.#deliver(box, letters);
      } catch (error) {
        box.loaded = undefined;
        for (const letter of letters) letter.reject(error);
      }
      box.deciding = 0;
      this.#waiting -= letters.length;
      await this.#save(box);
    }
    this.#active.delete(box.stream);
    if (box.loaded !== undefined) this.#states.rest(box.decider, box.stream, box.loaded);
  }

  /** Between two batches, and after the answers of the last one have gone out. */
  async #save({ stream, decider, loaded }: Box): Promise<void> {
    if (loaded === undefined || !this.#states.isDue(decider, loaded)) return;
    await this.clock.sleep(0);
    this.#states.save(decider, stream, loaded);
  }

  async #deliver(box: Box, letters: readonly Letter[]): Promise<void> {
    let isCurrent = this.store.isExclusive === true;
    for (let attempt = 1; ; attempt++) {
      if (box.loaded === undefined) {
        const isNew = attempt === 1 && letters.every((letter) => startsStream(box.decider, letter));
        box.loaded = isNew ? this.#states.empty(box.decider) : await this.#states.load(box.decider, box.stream);
        isCurrent = !isNew;
      }
      const loaded = box.loaded;
      const events: NewEvent[] = [];
      const outcomes = letters.map((letter) => this.#decide(box.decider, loaded, letter, events));
      if (events.length > 0) {
        try {
          await this.#writer.append(box.stream, events, loaded);
        } catch (error) {
          // The state has gone on without its events.
          box.loaded = undefined;
          if (!(error instanceof WrongExpectedRevision)) throw error;
          if (attempt === this.#limits.tries) throw new Overloaded(`${box.stream} kept changing`);
          await this.clock.sleep(this.clock.random() * 2 ** attempt);
          continue;
        }
      } else if (!isCurrent) {
        // No append finds out whether the stream has gone on: a refusal or a read must not rest on an old state.
        isCurrent = true;
        if (await this.#states.catchUp(box.decider, box.stream, loaded)) continue;
      }
      letters.forEach((letter, index) => {
        answer(letter, outcomes[index], loaded);
      });
      return;
    }
  }

  #decide(decider: AnyDecider, loaded: StreamState, { command, select }: Letter, events: NewEvent[]): Outcome {
    try {
      if (command === undefined || loaded.commands.has(command.context.commandId)) {
        return { events: [], result: select(loaded.state) };
      }
      const revision = loaded.revision + BigInt(events.length);
      if (revision >= 0n) command.context.check?.(revision);
      const decision = decider.decide(command.body, loaded.state);
      if (decision.events === undefined) return { refusal: decision.refusal };
      const encoded = decision.events.map((event) => this.#writer.encode(event, command.context));
      for (const event of decision.events) loaded.state = decider.evolve(loaded.state, event);
      events.push(...encoded);
      if (encoded.length > 0) loaded.commands.add(command.context.commandId);
      return { events: decision.events, result: select(loaded.state) };
    } catch (error) {
      return { error };
    }
  }
}

const startsStream = (decider: AnyDecider, { command }: Letter): boolean =>
  command !== undefined && decider.startsStream?.(command.body) === true;

const answer = (letter: Letter, outcome: Outcome | undefined, { revision, position }: StreamState): void => {
  if (outcome === undefined) letter.reject(new Error('a command was left undecided'));
  else if ('error' in outcome) letter.reject(outcome.error);
  else if ('refusal' in outcome) letter.resolve({ refusal: outcome.refusal });
  else letter.resolve({ ...outcome, revision, position });
};
