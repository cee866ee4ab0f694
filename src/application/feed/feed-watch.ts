import type { Clock } from '../ports/clock.js';
import type { Position } from '../ports/event-store.js';
import type { Feed, ReaderLag } from '../ports/feed.js';

/** What a reader has before it in a partition. */
export interface ReaderBacklog {
  readonly group: string;
  readonly partition: number;
  readonly events: number;
  /** Since when the oldest of them waits, in milliseconds since the epoch: at least since then, where the feed hasn't seen it. */
  readonly since: number;
}

interface Still {
  readonly position: Position;
  readonly since: number;
  isTold: boolean;
}

/** A reader that takes nothing for so long while events wait, does not move. */
const stillMs = 60_000;

/** Looks at how far readers have come, and notices one that is alive and doesn't move. */
export class FeedWatch {
  readonly #still = new Map<string, Still>();

  /** @param onStill told once, and again when the reader has moved and stands still anew */
  constructor(
    private readonly feed: Pick<Feed, 'lags'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly onStill: (backlog: ReaderBacklog) => void,
  ) {}

  /** What every reader that the feed knows has before it. @throws what kept the feed from telling */
  async look(): Promise<readonly ReaderBacklog[]> {
    return (await this.feed.lags()).map((lag) => this.#backlog(lag));
  }

  #backlog({ group, partition, position, lag, oldestAt }: ReaderLag): ReaderBacklog {
    const name = `${group}/${partition}`;
    const now = this.clock.now();
    if (lag === 0) {
      this.#still.delete(name);
      return { group, partition, events: 0, since: now };
    }
    const known = this.#still.get(name);
    const still = known?.position === position ? known : { position, since: now, isTold: false };
    this.#still.set(name, still);
    const backlog = { group, partition, events: lag, since: Math.min(oldestAt ?? now, still.since) };
    if (!still.isTold && now - still.since >= stillMs) {
      still.isTold = true;
      this.onStill(backlog);
    }
    return backlog;
  }
}
