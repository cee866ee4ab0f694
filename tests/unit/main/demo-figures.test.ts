import { expect } from 'chai';
import fc from 'fast-check';
import type { Bought } from '../../../src/main/demo/buyer.js';
import { figuresOf, invariantsOf, percentile } from '../../../src/main/demo/figures.js';

const winner = (ticketId: string): Bought => ({ ticketIds: [ticketId], orderMs: 10, paymentMs: 20 });
const loser: Bought = { ticketIds: [], refusal: 'sold_out', orderMs: 5 };

const broken = (...args: Parameters<typeof invariantsOf>): readonly string[] =>
  invariantsOf(...args).flatMap(({ rule, holds }) => (holds ? [] : [rule]));

describe('figures of the demo', () => {
  const fine = { capacity: 2, free: 0, held: 0, sold: 2 };

  it('finds nothing broken where as many different tickets are sold as can be', () => {
    expect(broken([winner('a'), winner('b'), loser], fine)).to.deep.equal([]);
    expect(broken([winner('a')], { capacity: 2, free: 1, held: 0, sold: 1 })).to.deep.equal([]);
  });

  it('names what is broken', () => {
    expect(broken([winner('a'), winner('a'), loser], fine)).to.deep.equal(['tickets are all different']);
    expect(broken([winner('a'), loser, loser], fine)).to.deep.equal(['buyers hold what was sold']);
    expect(broken([winner('a'), loser, loser], { ...fine, sold: 1, held: 1 })).to.deep.equal([
      'sold = min(tickets, wanted) = 2',
    ]);
    expect(broken([winner('a'), winner('b')], { ...fine, free: 1 })).to.deep.equal(['free + held + sold = capacity']);
  });

  it('counts refusals by their code', () => {
    const { sold, refused, buyersPerSecond, order, payment } = figuresOf([winner('a'), loser, loser], 2_000);
    expect({ sold, refused, buyersPerSecond }).to.deep.equal({
      sold: 1,
      refused: { sold_out: 2 },
      buyersPerSecond: 1.5,
    });
    expect({ order, payment }).to.deep.equal({ order: { p50Ms: 5, p99Ms: 10 }, payment: { p50Ms: 20, p99Ms: 20 } });
  });

  it('a percentile is one of the values, not passed by that share of them', () => {
    expect(percentile([], 0.5)).to.equal(0);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const found = percentile(values, share);
          expect(values).to.include(found);
          expect(values.filter((value) => value <= found).length).to.be.at.least(values.length * share);
          expect(values.filter((value) => value < found).length).to.be.below(values.length * share);
        },
      ),
    );
  });
});
