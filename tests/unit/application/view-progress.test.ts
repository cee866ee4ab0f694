import { expect } from 'chai';
import { describe, it } from 'mocha';
import { beginning, type Position } from '../../../src/application/ports/event-store.js';
import { ViewProgress } from '../../../src/application/views/view-progress.js';
import { availability } from '../../../src/projections/ticketing/availability.js';
import { until } from '../../support/until.js';

const marks = [{ partition: 0, position: '2' as Position }];

describe('readers that wait for a view', () => {
  it('are answered at once past the number that may wait, and those that wait go on', async () => {
    let checkpoint: Position = beginning;
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const clock = { now: () => 0, random: () => 0.5, sleep: () => end };
    const progress = new ViewProgress({ live: async () => ({ version: 1, checkpoints: [checkpoint] }) }, clock);
    const ask = () => progress.waitFor(availability, marks, { timeoutMs: 1_000 });
    let answered = 0;
    const waiting = Array.from({ length: 256 }, async () => {
      const hasReached = await ask();
      answered++;
      return hasReached;
    });
    expect(await ask()).to.equal(false);
    expect(answered).to.equal(0);
    checkpoint = '2' as Position;
    expect(await ask()).to.equal(true);
    await until('those that wait are answered', () => {
      progress.moved(availability);
      return answered === 256;
    });
    expect(await Promise.all(waiting)).to.deep.equal(Array(256).fill(true));
    checkpoint = beginning;
    const another = ask();
    checkpoint = '2' as Position;
    resolve();
    expect(await another).to.equal(true);
  });
});
