import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import { LeaseLost } from '../../src/application/ports/leases.js';
import { ViewsUnavailable } from '../../src/application/ports/views.js';
import { Mutex } from '../../src/application/views/mutex.js';
import { tallies } from '../support/attack/tallies.js';
import { failureOf } from '../support/failure-of.js';
import { newEvent, openTempStore, type TempStore, until } from '../support/temp-store.js';
import { ViewMember } from '../support/view-member.js';

const [tally] = tallies;

describe('a rebuild', () => {
  if (tally === undefined) throw new Error('there is a view');
  let temp: TempStore;
  let first: ViewMember;
  let second: ViewMember;
  beforeEach(async () => {
    temp = await openTempStore();
    await temp.store.append('tally-1', [newEvent('Counted', '{"by":3}')], 'no-stream');
    first = new ViewMember('first', temp, tally);
    second = new ViewMember('second', temp, tally);
  });
  afterEach(async () => {
    await first.close();
    await second.close();
    await temp.dispose();
  });

  const sum = async ({ views }: ViewMember): Promise<unknown> => (await views.get(tally, 'streams', 'tally-1'))?.sum;

  /** The lease of the rebuild lapses, as if its holder had been still for long. */
  const lapse = (): void => {
    const file = new DatabaseSync(join(temp.folder, 'leases.db'), { timeout: 5_000 });
    file.exec("UPDATE lease SET expires_at = 0 WHERE name LIKE 'rebuild:%'");
    file.close();
  };

  it('is led by one; the others wait till it is promoted, and make none of their own', async () => {
    first.hold();
    const leading = first.projector.assigned(0, beginning);
    await until('the first has begun', () => first.rebuilds === 1);
    expect(await failureOf(second.projector.assigned(0, beginning))).to.be.instanceOf(ViewsUnavailable);
    const batch = { partition: 0, after: beginning, upTo: await temp.store.head() };
    expect(await failureOf(second.projector.handle([], batch))).to.be.instanceOf(ViewsUnavailable);
    first.go();
    await leading;
    await second.projector.assigned(0, beginning);
    await second.projector.handle([], batch);
    expect([first.rebuilds, second.rebuilds]).to.deep.equal([1, 0]);
    expect(await sum(second)).to.equal(3);
  });

  it('holds up the rebuilds of other views of its process, and not their start', async () => {
    const rebuilds = new Mutex();
    const one = new ViewMember('one', temp, tally, { rebuilds });
    const other = new ViewMember('one', temp, { ...tally, name: 'other' }, { rebuilds });
    one.hold();
    const leading = one.projector.assigned(0, beginning);
    await until('the first has begun', () => one.rebuilds === 1);
    await other.projector.start();
    const following = other.projector.assigned(0, beginning);
    await other.leases.claim('any', 'one', 1);
    expect(other.rebuilds).to.equal(0);
    one.go();
    await Promise.all([leading, following]);
    expect(other.rebuilds).to.equal(1);
    await one.close();
    await other.close();
  });

  it('survives its leader: another discards what it left, and begins anew', async () => {
    const lease = await first.leases.claim(`rebuild:${tally.name}`, 'dead', 20);
    await first.views.rebuild(tally, lease?.token);
    const isReady = async () => (await failureOf(second.projector.assigned(0, beginning))) === undefined;
    await until('the lease lapses', isReady);
    expect(await sum(second)).to.equal(3);
    const file = new DatabaseSync(join(temp.folder, 'views.db'), { timeout: 5_000 });
    expect(file.prepare('SELECT live FROM generations').all()).to.deep.equal([{ live: 1 }]);
    file.close();
  });

  it('that was left in the making is dropped by the next start', async () => {
    await first.projector.assigned(0, beginning);
    await first.views.rebuild(tally, 1);
    await second.projector.start();
    const file = new DatabaseSync(join(temp.folder, 'views.db'), { timeout: 5_000 });
    expect(file.prepare('SELECT live FROM generations').all()).to.deep.equal([{ live: 1 }]);
    file.close();
  });

  it('is not promoted by a leader that was still for so long that another took its place', async () => {
    first.hold();
    const late = failureOf(first.projector.assigned(0, beginning));
    await until('the first has begun', () => first.rebuilds === 1);
    lapse();
    await second.projector.assigned(0, beginning);
    await temp.store.append('tally-1', [newEvent('Counted', '{"by":4}')], 0n);
    first.go();
    expect(await late).to.be.instanceOf(LeaseLost);
    expect(await sum(second)).to.equal(3);
  });

  it('goes on where its lease has lapsed and no one wanted it', async () => {
    first.hold();
    const leading = first.projector.assigned(0, beginning);
    await until('the first has begun', () => first.rebuilds === 1);
    lapse();
    first.go();
    await leading;
    expect(await sum(first)).to.equal(3);
  });

  it('that an operator asked for does not wait for its own process, which wants one too once the lease has lapsed', async () => {
    first.hold();
    const asked = first.projector.rebuild();
    await until('it has begun', () => first.rebuilds === 1);
    lapse();
    expect(await failureOf(first.projector.assigned(0, beginning))).to.be.instanceOf(ViewsUnavailable);
    first.go();
    await asked;
    expect(await sum(first)).to.equal(3);
  });

  it('ends with its process, which leaves it to others at once', async () => {
    first.hold();
    const leading = failureOf(first.projector.assigned(0, beginning));
    await until('the first has begun', () => first.rebuilds === 1);
    first.projector.stop();
    first.go();
    expect(await leading).to.be.instanceOf(ViewsUnavailable);
    await second.projector.assigned(0, beginning);
    expect(await sum(second)).to.equal(3);
  });

  it('of a newer version leaves the old one to readers; the old one’s process then does not take it back', async () => {
    await first.projector.assigned(0, beginning);
    const newer = new ViewMember('newer', temp, { ...tally, version: 2 });
    newer.hold();
    const leading = newer.projector.assigned(0, beginning);
    await until('the newer has begun', () => newer.rebuilds === 1);
    expect(await sum(newer)).to.equal(3);
    newer.go();
    await leading;
    const again = await failureOf(first.projector.repair());
    expect(again).to.be.instanceOf(Error).with.property('name', 'OtherGeneration');
    expect([first.rebuilds, newer.rebuilds]).to.deep.equal([1, 1]);
    await newer.close();
  });
});
