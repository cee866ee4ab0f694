import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openModel } from '../../../bench/harness/latency.js';
import { alternate, ratioSpread } from '../../../bench/harness/pairs.js';
import { randomFrom, zipf } from '../../../bench/harness/random.js';
import { median, spreadOf } from '../../../bench/harness/statistics.js';

describe('harness of the benchmarks', () => {
  it('takes turns there and back again, and leaves the warm-up out', async () => {
    const turns: string[] = [];
    const entrant = (name: string, perSecond: number) => ({
      name,
      run: async (round: number) => {
        turns.push(`${name}${round}`);
        return { perSecond: perSecond * (round + 2) };
      },
    });
    const rounds = await alternate([entrant('a', 30), entrant('b', 10)], { rounds: 2 });
    expect(turns).to.deep.equal(['b-1', 'a-1', 'a0', 'b0', 'b1', 'a1']);
    expect(ratioSpread(rounds, 'a', 'b')).to.deep.equal({ median: 3, min: 3, max: 3, values: [3, 3] });
    expect(() => ratioSpread(rounds, 'a', 'c')).to.throw('no rounds of c');
  });

  it('knows the middle of odd and even numbers of values', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).to.deep.equal([2, 2.5]);
    expect(() => median([])).to.throw(RangeError);
    expect(spreadOf([1, 2.0004, 9])).to.deep.equal({ median: 2, min: 1, max: 9, values: [1, 2, 9] });
  });

  it('draws the same for the same seed, the first number most often', () => {
    const draws = (seed: number) => Array.from({ length: 2_000 }, zipf(100, 1.1, randomFrom(seed)));
    expect(draws(7)).to.deep.equal(draws(7));
    expect(draws(7)).to.not.deep.equal(draws(8));
    const count = (value: number) => draws(7).filter((drawn) => drawn === value).length;
    expect(count(0))
      .to.be.greaterThan(count(1))
      .and.greaterThan(2_000 / 8);
    expect(count(1)).to.be.greaterThan(count(50));
    expect(Math.max(...draws(7))).to.be.lessThan(100);
  });

  it('counts the wait of work that others kept from beginning', async () => {
    // All are due within milliseconds, and the first keeps the process busy for 50.
    const latencies = await openModel({ perSecond: 10_000, count: 20, random: randomFrom(1) }, async (index) => {
      const end = performance.now() + (index === 0 ? 50 : 0);
      while (performance.now() < end);
    });
    expect(latencies.count).to.equal(20);
    expect(latencies.percentileMs(50)).to.be.greaterThan(40);
  });
});
