import { backoffMs } from '../../src/application/feed/backoff.js';
import { partitionOf } from '../../src/application/partition.js';
import { beginning, type Position } from '../../src/application/ports/event-store.js';
import type { Feed, FeedBatch, FeedReader } from '../../src/application/ports/feed.js';
import type { Durable } from './durable.js';
import type { Host, Surroundings } from './host.js';

interface Member {
  readonly host: Host;
  readonly reader: FeedReader;
  isStopped: boolean;
  /** Partitions that it is reading, till it hears that they are another's. */
  readonly reading: Map<number, Promise<void>>;
}

const wait = { firstMs: 100, longestMs: 30_000 };

/**
 * The feed's broker: each partition of a group is read by one process, or for a moment by two while it changes hands.
 * Batches are cut anywhere and come again from any earlier position.
 */
export class SimulatedBroker {
  readonly #members = new Map<string, Member[]>();
  /** By `<group>/<partition>`. */
  readonly #owners = new Map<string, Member>();
  #waiting: (() => void)[] = [];

  constructor(
    readonly partitions: number,
    private readonly durable: Durable,
    private readonly around: Surroundings,
  ) {}

  /** There are new events. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Gives some partition of some group to another of its members. */
  rebalance(): void {
    const groups = [...this.#members.keys()];
    if (groups.length > 0) this.#share(this.around.chance.one(groups));
  }

  /** Partitions of processes that have ended go to others. */
  shareAll(): void {
    for (const group of this.#members.keys()) this.#share(group);
  }

  feedOf(host: Host): Feed {
    const { positions, log } = this.durable;
    return {
      partitions: this.partitions,
      subscribe: (reader) => this.#join(host, reader),
      lags: async () =>
        [...positions].map(([key, position]) => {
          const [group = '', partition] = key.split('/');
          return { group, partition: Number(partition), position, lag: log.behind(position).length };
        }),
      reset: async () => {
        throw new Error('no operator is simulated');
      },
      close: async () => undefined,
    };
  }

  /** Whether every group has taken all that there is. */
  get isCaughtUp(): boolean {
    const head = this.durable.log.head();
    return [...this.#owners.keys()].every((key) => (this.durable.positions.get(key) ?? beginning) >= head);
  }

  #join(host: Host, reader: FeedReader): { stop: () => Promise<void> } {
    const member: Member = { host, reader, isStopped: false, reading: new Map() };
    this.#members.set(reader.group, [...(this.#members.get(reader.group) ?? []), member]);
    this.#share(reader.group);
    return {
      stop: async () => {
        member.isStopped = true;
        this.#share(reader.group);
        this.wake();
        await Promise.all(member.reading.values());
      },
    };
  }

  #share(group: string): void {
    const members = (this.#members.get(group) ?? []).filter(({ host, isStopped }) => !host.isOver && !isStopped);
    this.#members.set(group, members);
    if (members.length === 0) return;
    for (let partition = 0; partition < this.partitions; partition++) {
      const owner = this.around.chance.one(members);
      this.#owners.set(`${group}/${partition}`, owner);
      if (!owner.reading.has(partition)) owner.reading.set(partition, this.#read(owner, partition));
    }
    this.wake();
  }

  async #read(member: Member, partition: number): Promise<void> {
    const { host, reader } = member;
    const { chance, weather } = this.around;
    const key = `${reader.group}/${partition}`;
    const isOwner = (): boolean => !member.isStopped && this.#owners.get(key) === member;
    let isAssigned = false;
    for (let attempt = 0; isOwner(); ) {
      // Always from what is saved: the partition may have been another's in between.
      const saved = this.durable.positions.get(key) ?? beginning;
      const position = chance.happens(weather.redelivery) ? this.#earlier(saved) : saved;
      // A reader rests between batches, so that they grow.
      await host.clock.sleep(chance.between(0, 300));
      const batch = await host.look(`poll ${key}`, () => this.#cut(reader, partition, position));
      if (batch === undefined && isAssigned) {
        // Another may have owned it since this one asked, and have moved the position back.
        const isDone = (this.durable.positions.get(key) ?? beginning) >= this.durable.log.head();
        if (isOwner() && isDone) await new Promise<void>((go) => this.#waiting.push(go));
        continue;
      }
      try {
        if (!isAssigned) await reader.assigned?.(partition, saved);
        isAssigned = true;
        if (batch !== undefined) await reader.handle(batch);
      } catch {
        await host.clock.sleep(backoffMs(wait, attempt++, chance.fraction()));
        continue;
      }
      attempt = 0;
      if (batch === undefined) continue;
      await host.call(`save ${key} at ${batch.upTo}`, () => {
        // Who lost the partition in the meantime can't move its position.
        if (isOwner()) this.durable.positions.set(key, batch.upTo);
      });
    }
    // In the turn in which it leaves off: whoever is made the owner again from now on begins anew.
    member.reading.delete(partition);
    reader.revoked?.(partition);
  }

  #cut(reader: FeedReader, partition: number, after: Position): FeedBatch | undefined {
    const behind = this.durable.log.behind(after).slice(0, this.around.chance.between(1, 60));
    const upTo = behind.at(-1)?.position;
    if (upTo === undefined) return undefined;
    const events = behind.filter(
      ({ stream, type }) =>
        partitionOf(stream, this.partitions) === partition && reader.types?.includes(type) !== false,
    );
    return { partition, after, events, upTo };
  }

  #earlier(position: Position): Position {
    const before = this.durable.log.all.filter((event) => event.position < position);
    return before.length === 0 ? beginning : this.around.chance.one(before).position;
  }
}
