import { expect } from 'chai';
import { partitionOf } from '../../../src/application/partition.js';

describe('partition of a stream', () => {
  const vectors: readonly [stream: string, of12: number, of64: number][] = [
    ['sale-1', 4, 28],
    ['order-1', 8, 28],
    ['card-4242', 5, 13],
    ['', 11, 11],
    ['ticket-Zoë 🎟', 2, 10],
  ];

  for (const [stream, of12, of64] of vectors) {
    it(`never changes for ${JSON.stringify(stream)}`, () => {
      expect([partitionOf(stream, 12), partitionOf(stream, 64), partitionOf(stream, 1)]).to.deep.equal([of12, of64, 0]);
    });
  }

  it('spreads short ids evenly', () => {
    const counts = new Array<number>(12).fill(0);
    for (let id = 0; id < 12_000; id++) {
      const partition = partitionOf(`sale-${id}`, 12);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).to.be.greaterThan(850);
    expect(Math.max(...counts)).to.be.lessThan(1_150);
  });
});
