import { expect } from 'chai';
import { describe, it } from 'mocha';
import { keptSeeds } from './kept-seeds.js';
import { simulate } from './run.js';

/** Run by every test; `npm run simulate` takes more. */
const budget = { from: 1, before: 51, step: 10 };

const holds = async (seed: number): Promise<void> => {
  const { broken } = await simulate(seed);
  expect(broken, `again: npm run simulate -- --seed ${seed} --trace`).to.deep.equal([]);
};

describe('simulation', function () {
  this.timeout(120_000);

  it('is the same run for the same seed, and another one for another', async () => {
    const [first, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(first.steps).to.be.greaterThan(1_000);
    expect([again.digest, again.steps, again.events]).to.deep.equal([first.digest, first.steps, first.events]);
    expect(other.digest).to.not.equal(first.digest);
  });

  for (let from = budget.from; from < budget.before; from += budget.step) {
    it(`keeps every promise, whatever goes wrong: seeds from ${from} on`, async () => {
      for (let seed = from; seed < from + budget.step; seed++) await holds(seed);
    });
  }

  for (const { seed, found } of keptSeeds) {
    it(`seed ${seed} once found: ${found}`, () => holds(seed));
  }
});
