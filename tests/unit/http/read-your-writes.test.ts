import { expect } from 'chai';
import type { Position } from '../../../src/application/ports/event-store.js';
import type { PartitionPosition } from '../../../src/application/views/view-progress.js';
import { ReadYourWrites } from '../../../src/infrastructure/http/api/read-your-writes.js';
import { orders } from '../../../src/projections/ticketing/orders.js';
import { failureOf } from '../../support/failure-of.js';

const written = ['order-1', 'card-1'].map((stream, index) => ({ stream, position: `${index + 1}` as Position }));

const modules = {
  ofStream: (stream: string): number => (stream.startsWith('card-') ? 1 : 0),
  ofView: (name: string): number => (name === 'statement' ? 1 : 0),
};

describe('reads that see what their reader wrote', () => {
  const waitedFor = async (partitions: number): Promise<readonly PartitionPosition[]> => {
    let asked: readonly PartitionPosition[] = [];
    const waitFor = async (_view: object, marks: readonly PartitionPosition[]): Promise<boolean> => {
      asked = marks;
      return true;
    };
    const reads = new ReadYourWrites({ waitFor }, partitions, modules);
    await reads.read(orders, reads.tokenFor(written), async () => 'found');
    return asked;
  };

  it('wait for all that was written where all modules share one order', async () => {
    expect(await waitedFor(1)).to.deep.equal([{ partition: 0, position: '2' }]);
  });

  it('wait for their own module where each has partitions of its own', async () => {
    const asked = await waitedFor(8);
    expect(asked.map(({ position }) => position)).to.deep.equal(['1']);
    expect(asked.every(({ partition }) => partition < 8)).to.equal(true);
  });

  describe('without a token', () => {
    const asked: number[] = [];
    let isThere = true;
    const waitFor = async (_view: object, _marks: unknown, { timeoutMs }: { timeoutMs: number }): Promise<boolean> => {
      asked.push(timeoutMs);
      return isThere;
    };
    const reads = new ReadYourWrites({ waitFor }, 1);
    const read = (stream: string, found?: string) => reads.read(orders, undefined, async () => found, stream);

    it('wait for what this instance has just written, and for nothing else', async () => {
      reads.tokenFor(written);
      expect(await read('order-1', 'found')).to.equal('found');
      expect(asked).to.have.length(1);
      expect(await read('order-2', 'found')).to.equal('found');
      expect(asked).to.have.length(1);
    });

    it('are shown what there is after a while, and never that there is nothing where something was just written', async () => {
      isThere = false;
      expect(await read('order-1', 'old')).to.equal('old');
      expect(await failureOf(read('order-1'))).to.have.property('code', 'view_behind');
      expect(await failureOf(read('order-2'))).to.have.property('code', 'not_found');
    });
  });
});
