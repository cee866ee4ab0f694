import {
  type Appended,
  type EventFilter,
  type EventStore,
  type NewEvent,
  type Position,
  type RecordedEvent,
  WrongExpectedRevision,
} from '../../src/application/ports/event-store.js';

/** The calls of an event store that the bank makes, kept in memory. */
export class MemoryEventStore implements Pick<EventStore, 'append' | 'read' | 'readAll'> {
  readonly all: RecordedEvent[] = [];
  /** Called before each append: throw to let it fail, wait to hold it. */
  beforeAppend: (stream: string, events: readonly NewEvent[]) => void | Promise<void> = () => undefined;

  constructor(private readonly now: () => number = () => 0) {}

  async append(stream: string, events: readonly NewEvent[], expected: bigint | 'no-stream'): Promise<Appended> {
    await this.beforeAppend(stream, events);
    const length = BigInt(this.#of(stream).length);
    const actual = length === 0n ? 'no-stream' : length - 1n;
    if (actual !== expected) throw new WrongExpectedRevision(stream, expected, actual);
    let revision = length;
    for (const event of events) {
      this.all.push({ ...event, stream, revision, position: positionAt(this.all.length), recordedAt: this.now() });
      revision += 1n;
    }
    return { revision: revision - 1n, position: positionAt(this.all.length - 1) };
  }

  async read(stream: string, { from = 0n, limit = 1_000 } = {}): Promise<readonly RecordedEvent[]> {
    return this.#of(stream).slice(Number(from), Number(from) + limit);
  }

  async readAll(after: Position, { filter }: { filter?: EventFilter } = {}): ReturnType<EventStore['readAll']> {
    const behind = this.all.filter(({ position }) => position > after);
    const events = behind.filter(({ type }) => filter?.types?.includes(type) !== false);
    return { events, next: behind.at(-1)?.position ?? after, isHead: true };
  }

  /** Types of a stream's events, in order. */
  typesOf(stream: string): readonly string[] {
    return this.#of(stream).map(({ type }) => type);
  }

  #of(stream: string): RecordedEvent[] {
    return this.all.filter((event) => event.stream === stream);
  }
}

const positionAt = (index: number): Position => String(index + 1).padStart(12, '0') as Position;
