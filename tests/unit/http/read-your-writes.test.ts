import { expect } from 'chai';
import type { Position } from '../../../src/application/ports/event-store.js';
import type { PartitionPosition } from '../../../src/application/views/view-progress.js';
import { ReadYourWrites } from '../../../src/infrastructure/http/api/read-your-writes.js';
import { orders } from '../../../src/projections/ticketing/orders.js';

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
});
