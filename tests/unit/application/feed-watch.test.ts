import { expect } from 'chai';
import { describe, it } from 'mocha';
import { FeedWatch, type ReaderBacklog } from '../../../src/application/feed/feed-watch.js';
import type { ReaderLag } from '../../../src/application/ports/feed.js';
import { StillClock } from '../../support/bank.js';

describe('the watch over readers of the feed', () => {
  const clock = new StillClock();
  const start = clock.time;
  let lags: readonly ReaderLag[] = [];
  const still: ReaderBacklog[] = [];
  const watch = new FeedWatch({ lags: async () => lags }, clock, (backlog) => still.push(backlog));
  const reader = (position: string, lag: number, oldestAt?: number): ReaderLag => ({
    group: 'orders',
    partition: 1,
    position: position as ReaderLag['position'],
    lag,
    ...(oldestAt !== undefined && { oldestAt }),
  });
  const lookAt = async (ms: number, lag: ReaderLag): Promise<ReaderBacklog | undefined> => {
    clock.time = start + ms;
    lags = [lag];
    return (await watch.look())[0];
  };

  it('finds a reader well that has nothing before it, and one that moves', async () => {
    expect((await lookAt(0, reader('01', 0)))?.events).to.equal(0);
    await lookAt(200_000, reader('01', 5));
    await lookAt(259_000, reader('02', 5));
    await lookAt(318_000, reader('03', 5));
    expect(still).to.deep.equal([]);
  });

  it('tells since when the oldest event waits, as the feed or the reader shows it', async () => {
    const seen = await lookAt(319_000, reader('03', 5, start + 1_000));
    expect(seen).to.deep.equal({ group: 'orders', partition: 1, events: 5, since: start + 1_000 });
    expect((await lookAt(320_000, reader('03', 5)))?.since).to.equal(start + 318_000);
  });

  it('tells once of a reader that does not move while events wait, and again when it does so anew', async () => {
    await lookAt(377_000, reader('03', 5));
    expect(still).to.have.length(0);
    await lookAt(378_000, reader('03', 9));
    await lookAt(400_000, reader('03', 9));
    expect(still).to.deep.equal([{ group: 'orders', partition: 1, events: 9, since: start + 318_000 }]);
    await lookAt(401_000, reader('04', 9));
    await lookAt(500_000, reader('04', 9));
    expect(still).to.have.length(2);
  });
});
