import { partitionOf } from '../../../application/partition.js';
import type { WrittenStream } from '../../../application/ticketing/result.js';
import type { PartitionPosition, ViewProgress } from '../../../application/views/view-progress.js';
import type { Projection } from '../../../projections/projection.js';
import { notFound, unavailable } from '../frame/problem.js';

/** How long a read waits for its view before it says 503. */
const waitMs = 3_000;

/** Problems that a read of one thing may give. */
export const readProblems = { 404: ['not_found'], 503: ['view_behind', 'views_unavailable'] } as const;

/** Modules by their place in a list: each has partitions of its own where there are several. */
export interface ModulePlaces {
  ofStream(stream: string): number;
  ofView(name: string): number;
}

const together: ModulePlaces = { ofStream: () => 0, ofView: () => 0 };

/**
 * Reads that see what their reader wrote. With one partition all modules share one order; with several, a view waits for what
 * was written in its own module.
 */
export class ReadYourWrites {
  readonly #modules: ModulePlaces;

  constructor(
    private readonly progress: Pick<ViewProgress, 'waitFor'>,
    private readonly partitions: number,
    modules: ModulePlaces = together,
  ) {
    this.#modules = partitions === 1 ? together : modules;
  }

  /** What a write tells its caller to send along with the next read. */
  tokenFor(written: readonly WrittenStream[]): readonly PartitionPosition[] {
    const furthest = new Map<number, PartitionPosition>();
    for (const { stream, position } of written) {
      const partition = this.#modules.ofStream(stream) * this.partitions + partitionOf(stream, this.partitions);
      const known = furthest.get(partition);
      if (known === undefined || known.position < position) furthest.set(partition, { partition, position });
    }
    return [...furthest.values()];
  }

  /** @throws Problem 503 while the view hasn't come that far, 404 for what isn't there */
  async read<T>(
    projection: Projection,
    marks: readonly PartitionPosition[] | undefined,
    query: () => Promise<T | undefined>,
  ): Promise<T> {
    const own = marks && this.#ownOf(projection, marks);
    if (own !== undefined && !(await this.progress.waitFor(projection, own, { timeoutMs: waitMs }))) {
      throw unavailable('view_behind', 'What you wrote is not in this view yet');
    }
    const found = await query();
    if (found === undefined) throw notFound();
    return found;
  }

  #ownOf({ name }: Projection, marks: readonly PartitionPosition[]): readonly PartitionPosition[] {
    if (this.#modules === together) return marks;
    const first = this.#modules.ofView(name) * this.partitions;
    return marks.flatMap(({ partition, position }) =>
      partition >= first && partition < first + this.partitions ? [{ partition: partition - first, position }] : [],
    );
  }
}
