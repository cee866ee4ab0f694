import { LRUCache } from 'lru-cache';
import { partitionOf } from '../../../application/partition.js';
import type { WrittenStream } from '../../../application/ticketing/result.js';
import type { PartitionPosition, ViewProgress } from '../../../application/views/view-progress.js';
import type { Projection } from '../../../projections/projection.js';
import { notFound, unavailable } from '../frame/problem.js';

/** How long a read waits for its view before it says 503. */
const waitMs = 3_000;

/** How long one waits that has no token: then it is shown what there is. */
const recentWaitMs = 1_000;

/** How long this instance remembers what it wrote: a view that is farther behind is no matter of a moment. */
const recentMs = 30_000;
const mostRecent = 10_000;

/** Problems that a read of one thing may give. */
export const readProblems = { 404: ['not_found'], 503: ['view_behind', 'views_unavailable'] } as const;

/** Modules by their place in a list: each has partitions of its own where there are several. */
export interface ModulePlaces {
  ofStream(stream: string): number;
  ofView(name: string): number;
}

const together: ModulePlaces = { ofStream: () => 0, ofView: () => 0 };

/**
 * Reads that see what their reader wrote: as a token says, or, where the read has none, as far as this instance has just written
 * what is read. With one partition all modules share one order; with several, a view waits for what was written in its own module.
 */
export class ReadYourWrites {
  readonly #modules: ModulePlaces;
  /** By stream: all marks of the write that it was last written in. */
  readonly #recent = new LRUCache<string, readonly PartitionPosition[]>({ max: mostRecent, ttl: recentMs });

  constructor(
    private readonly progress: Pick<ViewProgress, 'waitFor'>,
    private readonly partitions: number,
    modules: ModulePlaces = together,
  ) {
    this.#modules = partitions === 1 ? together : modules;
  }

  /** What a write tells its caller to send along with the next read; this instance's own reads wait for it by themselves. */
  tokenFor(written: readonly WrittenStream[]): readonly PartitionPosition[] {
    const furthest = new Map<number, PartitionPosition>();
    for (const { stream, position } of written) {
      const partition = this.#modules.ofStream(stream) * this.partitions + partitionOf(stream, this.partitions);
      const known = furthest.get(partition);
      if (known === undefined || known.position < position) furthest.set(partition, { partition, position });
    }
    const marks = [...furthest.values()];
    for (const { stream } of written) this.#recent.set(stream, marks);
    return marks;
  }

  /**
   * @param stream of what is read, where that is one thing
   * @throws Problem 503 while the view hasn't come that far, 404 for what isn't there
   */
  async read<T>(
    projection: Projection,
    token: readonly PartitionPosition[] | undefined,
    query: () => Promise<T | undefined>,
    stream?: string,
  ): Promise<T> {
    const recent = token === undefined && stream !== undefined ? this.#recent.get(stream) : undefined;
    const isThere = await this.#hasCome(projection, token, waitMs);
    const isRecentThere = await this.#hasCome(projection, recent, recentWaitMs);
    const behind = () => unavailable('view_behind', 'Your last change does not show here yet');
    if (!isThere) throw behind();
    const found = await query();
    if (found === undefined) throw isRecentThere ? notFound() : behind();
    return found;
  }

  async #hasCome(
    projection: Projection,
    marks: readonly PartitionPosition[] | undefined,
    timeoutMs: number,
  ): Promise<boolean> {
    return marks === undefined || this.progress.waitFor(projection, this.#ownOf(projection, marks), { timeoutMs });
  }

  #ownOf({ name }: Projection, marks: readonly PartitionPosition[]): readonly PartitionPosition[] {
    if (this.#modules === together) return marks;
    const first = this.#modules.ofView(name) * this.partitions;
    return marks.flatMap(({ partition, position }) =>
      partition >= first && partition < first + this.partitions ? [{ partition: partition - first, position }] : [],
    );
  }
}
