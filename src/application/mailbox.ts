import { LRUCache } from 'lru-cache';
import { type Aggregate, streamOf } from '../domain/decider.js';
import type { DomainEvent } from '../domain/event.js';
import type { CommandContext } from './command-context.js';
import type { EventCatalogue } from './event-catalogue.js';
import type { Clock } from './ports/clock.js';
import {
  type Appended,
  beginning,
  type EventMetadata,
  type EventStore,
  type NewEvent,
  OutcomeUnknown,
  type Position,
  type StoredEvent,
  WrongExpectedRevision,
} from './ports/event-store.js';
import type { Ids } from './ports/ids.js';

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

export interface MailboxLimits {
  /** Commands that may wait for one stream. */
  readonly waiting: number;
  /** Commands decided and appended in one go. */
  readonly batch: number;
  /** Tries of a batch against other writers. */
  readonly tries: number;
  /** Events of history whose states are kept in memory, over all streams. */
  readonly cachedEvents: number;
  /** Ids of commands that a stream remembers. */
  readonly rememberedCommands: number;
}

const defaultLimits: MailboxLimits = {
  waiting: 10_000,
  batch: 1_000,
  tries: 8,
  cachedEvents: 2_000_000,
  rememberedCommands: 1_000,
};

const pageSize = 1_000;

type AnyAggregate = Aggregate<unknown, unknown, DomainEvent, unknown>;

/** A stream's state, brought up to a revision. */
interface Loaded {
  state: unknown;
  revision: bigint;
  position: Position;
  /** Ids of the last commands that made events, oldest first. */
  readonly commands: Set<string>;
}

interface Letter {
  /** Absent when the sender only wants to read. */
  readonly command?: { readonly body: unknown; readonly context: CommandContext };
  readonly select: (state: unknown) => unknown;
  readonly resolve: (sent: Sent<DomainEvent, unknown, unknown>) => void;
  readonly reject: (error: unknown) => void;
}

interface Box {
  readonly stream: string;
  readonly aggregate: AnyAggregate;
  readonly letters: Letter[];
  loaded: Loaded | undefined;
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
  readonly #idle: LRUCache<string, Loaded>;
  readonly #limits: MailboxLimits;

  constructor(
    private readonly store: EventStore,
    private readonly catalogue: EventCatalogue,
    private readonly clock: Clock,
    private readonly ids: Ids,
    limits: Partial<MailboxLimits> = {},
  ) {
    this.#limits = { ...defaultLimits, ...limits };
    const maxSize = this.#limits.cachedEvents;
    this.#idle = new LRUCache({
      maxSize,
      sizeCalculation: (loaded) => Math.min(Number(loaded.revision) + 2, Math.ceil(maxSize / 4)),
    });
  }

  /**
   * Decides a command on a stream and appends what follows from it. A command whose id the stream remembers adds
   * nothing, and `select` reads the state as it is now.
   * @param select reads what the caller needs from the state right after the command; must not keep the state itself
   * @throws Overloaded, StoreUnavailable, OutcomeUnknown; what `decide` throws for a broken rule
   */
  send<State, Command, Event extends DomainEvent, Refusal, T>(
    aggregate: Aggregate<State, Command, Event, Refusal>,
    id: string,
    command: Command,
    context: CommandContext,
    select: (state: State) => T,
  ): Promise<Sent<Event, Refusal, T>> {
    return this.#post(aggregate, id, { body: command, context }, select) as Promise<Sent<Event, Refusal, T>>;
  }

  /** Reads from a stream's state as the last answered command left it. */
  async read<State, Command, Event extends DomainEvent, Refusal, T>(
    aggregate: Aggregate<State, Command, Event, Refusal>,
    id: string,
    select: (state: State) => T,
  ): Promise<{ readonly result: T; readonly revision: bigint; readonly position: Position }> {
    const sent = await this.#post(aggregate, id, undefined, select);
    if ('refusal' in sent && sent.refusal !== undefined) throw new Error('a read can not be refused');
    return sent as { result: T; revision: bigint; position: Position };
  }

  #post(
    aggregate: unknown,
    id: string,
    command: Letter['command'],
    select: unknown,
  ): Promise<Sent<DomainEvent, unknown, unknown>> {
    const typed = aggregate as AnyAggregate;
    const stream = streamOf(typed, id);
    let box = this.#active.get(stream);
    const isNew = box === undefined;
    box ??= { stream, aggregate: typed, letters: [], loaded: this.#idle.get(stream) };
    if (box.letters.length >= this.#limits.waiting) {
      return Promise.reject(new Overloaded(`${box.letters.length} commands wait for ${stream}`));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Sent<DomainEvent, unknown, unknown>>();
    box.letters.push({ ...(command && { command }), select: select as Letter['select'], resolve, reject });
    if (isNew) {
      this.#active.set(stream, box);
      this.#idle.delete(stream);
      void this.#work(box);
    }
    return promise;
  }

  async #work(box: Box): Promise<void> {
    while (box.letters.length > 0) {
      const letters = box.letters.splice(0, this.#limits.batch);
      try {
        await this.#deliver(box, letters);
      } catch (error) {
        box.loaded = undefined;
        for (const letter of letters) letter.reject(error);
      }
    }
    this.#active.delete(box.stream);
    if (box.loaded !== undefined) this.#idle.set(box.stream, box.loaded);
  }

  async #deliver(box: Box, letters: readonly Letter[]): Promise<void> {
    let isCurrent = this.store.isExclusive === true;
    for (let attempt = 1; ; attempt++) {
      if (box.loaded === undefined) {
        box.loaded = await this.#load(box);
        isCurrent = true;
      }
      const loaded = box.loaded;
      const events: NewEvent[] = [];
      const outcomes = letters.map((letter) => this.#decide(box.aggregate, loaded, letter, events));
      if (events.length > 0) {
        const expected = loaded.revision < 0n ? 'no-stream' : loaded.revision;
        try {
          const appended = await this.#append(box.stream, events, expected);
          loaded.revision = appended.revision;
          loaded.position = appended.position;
        } catch (error) {
          // The state has gone on without its events.
          box.loaded = undefined;
          if (!(error instanceof WrongExpectedRevision)) throw error;
          if (attempt === this.#limits.tries) throw new Overloaded(`${box.stream} kept changing`);
          await this.clock.sleep(this.clock.random() * 2 ** attempt);
          continue;
        }
      } else if (!isCurrent) {
        // No append finds out whether another instance has gone on: a refusal or a read must not rest on an old state.
        isCurrent = true;
        if (await this.#catchUp(box, loaded)) continue;
      }
      letters.forEach((letter, index) => {
        answer(letter, outcomes[index], loaded);
      });
      return;
    }
  }

  #decide(aggregate: AnyAggregate, loaded: Loaded, { command, select }: Letter, events: NewEvent[]): Outcome {
    try {
      if (command === undefined || loaded.commands.has(command.context.commandId)) {
        return { events: [], result: select(loaded.state) };
      }
      const revision = loaded.revision + BigInt(events.length);
      if (revision >= 0n) command.context.check?.(revision);
      const decision = aggregate.decide(command.body, loaded.state);
      if (decision.events === undefined) return { refusal: decision.refusal };
      const encoded = decision.events.map((event) => this.#encode(event, command.context));
      for (const event of decision.events) loaded.state = aggregate.evolve(loaded.state, event);
      events.push(...encoded);
      if (encoded.length > 0) this.#remember(loaded, command.context.commandId);
      return { events: decision.events, result: select(loaded.state) };
    } catch (error) {
      return { error };
    }
  }

  #encode(event: DomainEvent, { commandId, correlationId, actor, traceparent }: CommandContext): NewEvent {
    const metadata: EventMetadata = {
      correlationId,
      causationId: commandId,
      ...(actor !== undefined && { actor }),
      ...(traceparent !== undefined && { traceparent }),
    };
    return { id: this.ids.next(), ...this.catalogue.encode(event), metadata: JSON.stringify(metadata) };
  }

  #remember(loaded: Loaded, commandId: string): void {
    loaded.commands.add(commandId);
    if (loaded.commands.size > this.#limits.rememberedCommands) {
      const [oldest] = loaded.commands;
      if (oldest !== undefined) loaded.commands.delete(oldest);
    }
  }

  /** Asks again with the same ids while the store doesn't say what became of them. */
  async #append(stream: string, events: readonly NewEvent[], expected: bigint | 'no-stream'): Promise<Appended> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.store.append(stream, events, expected);
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) || attempt === this.#limits.tries) throw error;
        await this.clock.sleep(10 * 2 ** attempt * (0.5 + this.clock.random()));
      }
    }
  }

  async #load(box: Box): Promise<Loaded> {
    const loaded: Loaded = {
      state: box.aggregate.initialState(),
      revision: -1n,
      position: beginning,
      commands: new Set(),
    };
    await this.#catchUp(box, loaded);
    return loaded;
  }

  /** Takes what the stream has beyond the state; tells whether there was anything. */
  async #catchUp({ stream, aggregate }: Box, loaded: Loaded): Promise<boolean> {
    const before = loaded.revision;
    for (;;) {
      const page = await this.store.read(stream, { from: loaded.revision + 1n, limit: pageSize });
      for (const stored of page) this.#take(aggregate, loaded, stored);
      if (page.length < pageSize) return loaded.revision > before;
    }
  }

  #take(aggregate: AnyAggregate, loaded: Loaded, stored: StoredEvent): void {
    loaded.state = aggregate.evolve(loaded.state, this.catalogue.decode(stored));
    loaded.revision = stored.revision;
    loaded.position = stored.position;
    const { causationId } = JSON.parse(stored.metadata) as EventMetadata;
    this.#remember(loaded, causationId);
  }
}

const answer = (letter: Letter, outcome: Outcome | undefined, { revision, position }: Loaded): void => {
  if (outcome === undefined) letter.reject(new Error('a command was left undecided'));
  else if ('error' in outcome) letter.reject(outcome.error);
  else if ('refusal' in outcome) letter.resolve({ refusal: outcome.refusal });
  else letter.resolve({ ...outcome, revision, position });
};
