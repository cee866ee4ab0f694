import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { partitionOf } from '../../src/application/partition.js';
import { beginning, type Position } from '../../src/application/ports/event-store.js';
import { tallies, tallyStreams } from '../support/attack/tallies.js';
import { newEvent, openTempStore, type TempStore } from '../support/temp-store.js';
import { checkpointOf } from '../support/things.js';
import { ViewMember } from '../support/view-member.js';

const [tally] = tallies;

describe('two processes that share the partitions of a view', () => {
  if (tally === undefined) throw new Error('there is a view');
  let temp: TempStore;
  let members: readonly [ViewMember, ViewMember];
  let head: Position;
  beforeEach(async () => {
    temp = await openTempStore();
    for (const stream of tallyStreams) {
      await temp.store.append(stream, [newEvent('Counted', '{"by":1}')], 'no-stream');
    }
    head = await temp.store.head();
    const both = { partitions: 2 };
    members = [new ViewMember('first', temp, tally, both), new ViewMember('second', temp, tally, both)];
    for (const [partition, { projector }] of members.entries()) await projector.assigned(partition, head);
  });
  afterEach(async () => {
    for (const member of members) await member.close();
    await temp.dispose();
  });

  /** The documents as they were before the first event, as an old copy of them is. */
  const takeBack = (): void => {
    const file = new DatabaseSync(join(temp.folder, 'views.db'), { timeout: 5_000 });
    file.exec("UPDATE checkpoints SET position = ''");
    for (const { name } of file.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'view_*_streams'").all()) {
      file.exec(`DELETE FROM "${String(name)}"`);
    }
    file.close();
  };

  const checkpoints = (): Promise<readonly Position[]> =>
    Promise.all([0, 1].map((partition) => checkpointOf(members[0].views, tally, partition)));

  const streamsThere = async (): Promise<readonly string[]> =>
    (await members[0].views.find(tally, 'streams', { limit: 1_000 })).map(({ _id }) => _id);

  const streamsOf = (partition: number): readonly string[] =>
    tallyStreams.filter((stream) => partitionOf(stream, 2) === partition).toSorted();

  it('one made the view, for both', () => {
    expect(members.map(({ rebuilds }) => rebuilds)).to.deep.equal([1, 0]);
  });

  it('bring on their own partition each, when the documents were taken back', async () => {
    takeBack();
    await members[0].projector.repair();
    expect(await checkpoints()).to.deep.equal([head, beginning]);
    expect(await streamsThere()).to.deep.equal(streamsOf(0));
    await members[1].projector.repair();
    expect(await checkpoints()).to.deep.equal([head, head]);
    expect(await streamsThere()).to.deep.equal(tallyStreams.toSorted());
  });

  it('leave a partition to the other once it is', async () => {
    members[0].projector.revoked(0);
    takeBack();
    await members[0].projector.repair();
    expect(await checkpoints()).to.deep.equal([beginning, beginning]);
    await members[1].projector.assigned(0, head);
    await members[1].projector.repair();
    expect(await checkpoints()).to.deep.equal([head, head]);
  });
});
