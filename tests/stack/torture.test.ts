import { expect } from 'chai';
import { readSettings } from '../../src/main/settings.js';
import { crashPoints, readCrashAt } from '../support/crash-points.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { dieAt, killAtRandom } from '../support/torture.js';

/** What is on the disk after an append is what is there before the next: `npm run torture` takes these too. */
const points = crashPoints.filter((point) => !/^append\..*\.after$/.test(point));

describe('torture', function () {
  this.timeout(300_000);
  const folders: string[] = [];

  const folder = async (): Promise<string> => {
    const made = await newFolder();
    folders.push(made);
    return made;
  };

  afterEach(async () => {
    for (const made of folders.splice(0)) await removeFolder(made);
  });

  it('a server dies at every point of a purchase, and nothing that was answered is lost (STR-12, STR-17)', async () => {
    const halves = [0, 1].map((half) => points.filter((_, index) => index % 2 === half));
    const tortured = await Promise.all(halves.map(async (half) => dieAt(await folder(), half)));
    expect(tortured.flatMap(({ broken }) => broken)).to.deep.equal([]);
    expect(tortured.flatMap(({ hit }) => hit)).to.have.members(points);
  });

  it('kill -9 at random under load: what was answered is there, and every view agrees (STR-12)', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { broken, orders } = await killAtRandom(await folder(), { kills: 4, seed, customers: 6 });
    expect(broken, `seed ${seed}`).to.deep.equal([]);
    expect(orders).to.be.greaterThan(10);
  });

  it('no variable makes a production process kill itself, and a point that nobody knows is refused', () => {
    expect(() => readSettings({ BOXOFFICE_TEST_CRASH_AT: 'append.hold.before' })).to.throw(/is not a setting/);
    expect(() => readCrashAt('append.nothing')).to.throw(/must be <point>/);
    expect(readCrashAt()).to.equal(undefined);
    expect(readCrashAt('append.hold.before:3')).to.deep.equal({ point: 'append.hold.before', nth: 3 });
  });
});
