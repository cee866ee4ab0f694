import type { EventStore, RecordedEvent } from './ports/event-store.js';
import type { Snapshot, Snapshots } from './ports/snapshots.js';
import { type AnyDecider, type StreamState, stateOf } from './stream-state.js';

export interface SnapshotOptions {
  readonly snapshots: Snapshots;
  /** Events beyond the last snapshot at which a stream gets a new one between two batches of commands; 1,000. */
  readonly busyEvents?: number;
  /** The same for an idle stream; 64. */
  readonly idleEvents?: number;
  /** Hears of snapshots that could not be used or saved: they only cost time. */
  readonly onTrouble?: (what: string, stream: string, error?: unknown) => void;
}

/**
 * A large state is written more rarely, so that writing takes a small part of the time at any size: putting down 64
 * characters takes about a hundredth of what a command takes, and an event is read in the time of some 1,000 characters.
 */
const charactersOfEvent = { busy: 64, idle: 1_024 };

/** Brings snapshots and states together. What goes wrong with snapshots is told, and never stands in a command's way. */
export class SnapshotPolicy {
  readonly #snapshots: Snapshots;
  readonly #events: { readonly busy: number; readonly idle: number };
  readonly #onTrouble: (what: string, stream: string, error?: unknown) => void;

  constructor({ snapshots, busyEvents = 1_000, idleEvents = 64, onTrouble = () => {} }: SnapshotOptions) {
    this.#snapshots = snapshots;
    this.#events = { busy: busyEvents, idle: idleEvents };
    this.#onTrouble = onTrouble;
  }

  isDue(pace: 'busy' | 'idle', { snapshotCodec }: AnyDecider, loaded: StreamState): boolean {
    if (snapshotCodec === undefined) return false;
    const events = Number(loaded.revision - loaded.savedRevision);
    return events >= this.#events[pace] && events >= loaded.savedLength / charactersOfEvent[pace];
  }

  /** Writes the state of a stream that nobody works on; tried once, then again after as many events as before. */
  async save({ snapshotCodec }: AnyDecider, stream: string, loaded: StreamState): Promise<void> {
    if (snapshotCodec === undefined) return;
    const { revision, position, eventId } = loaded;
    const state = snapshotCodec.encode(loaded.state);
    const commands = loaded.commands.text;
    loaded.savedRevision = revision;
    loaded.savedLength = state.length;
    loaded.newLength = 0;
    try {
      await this.#snapshots.save(stream, { revision, position, eventId, state, commands });
    } catch (error) {
      this.#onTrouble('a snapshot could not be saved', stream, error);
    }
  }

  /**
   * The state of the last snapshot, and the events behind it as far as one page reaches. A snapshot counts only if the
   * store has its very event at its revision: an older copy of either file may have been put back.
   * @throws what the event store throws
   */
  async load(
    { snapshotCodec }: AnyDecider,
    stream: string,
    store: Pick<EventStore, 'read'>,
    { pageSize, rememberedCommands }: { readonly pageSize: number; readonly rememberedCommands: number },
  ): Promise<{ readonly loaded: StreamState; readonly rest: readonly RecordedEvent[] } | undefined> {
    if (snapshotCodec === undefined) return undefined;
    const snapshot = await this.#find(stream);
    if (snapshot === undefined) return undefined;
    const [at, ...rest] = await store.read(stream, { from: snapshot.revision, limit: pageSize });
    try {
      if (!isOf(snapshot, at)) throw new Error('its event is not in the store');
      return { loaded: stateOf(snapshot, snapshotCodec, rememberedCommands), rest };
    } catch (error) {
      await this.#refuse(stream, error);
      return undefined;
    }
  }

  async #find(stream: string): Promise<Snapshot | undefined> {
    try {
      return await this.#snapshots.find(stream);
    } catch (error) {
      this.#onTrouble('a snapshot could not be read', stream, error);
      return undefined;
    }
  }

  async #refuse(stream: string, reason: unknown): Promise<void> {
    this.#onTrouble('a snapshot was refused', stream, reason);
    try {
      await this.#snapshots.delete(stream);
    } catch (error) {
      this.#onTrouble('a snapshot could not be deleted', stream, error);
    }
  }
}

const isOf = ({ revision, position, eventId }: Snapshot, event: RecordedEvent | undefined): boolean =>
  event?.revision === revision && event.position === position && event.id === eventId;
