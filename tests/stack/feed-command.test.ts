import { expect } from 'chai';
import { views as allViews } from '../../src/main/catalogue.js';
import { boxoffice } from '../support/cli.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

interface Lag {
  readonly group: string;
  readonly partition: number;
  readonly lag: number;
}

describe('boxoffice feed on a data folder', () => {
  let folder: string;
  let server: ServerProcess;
  const run = (...args: string[]) => boxoffice(folder, ['feed', ...args]);
  const lags = async (): Promise<readonly Lag[]> => JSON.parse((await run('lag', '--json')).out);
  const caughtUp = () => until('the readers are at the end', async () => (await lags()).every(({ lag }) => lag === 0));

  before(async () => {
    folder = await newFolder();
    server = await ServerProcess.start(folder);
    const saleId = await server.shop.openSale({ capacity: 2 });
    await server.shop.order(saleId);
  });

  after(async () => {
    await server.stop();
    await removeFolder(folder);
  });

  it('lag tells how far each view is behind, for people too', async () => {
    await caughtUp();
    expect(new Set((await lags()).map(({ group }) => group))).to.deep.equal(new Set(allViews.map(({ name }) => name)));
    const { code, out } = await run('lag');
    expect(code).to.equal(0);
    const [head, first] = out.split('\n');
    expect(head).to.match(/^group +partition +lag +position/);
    expect(first).to.match(/^\S+ +0 +0 +\S+$/);
  });

  it('reset refuses while somebody reads, and names what it must be told', async () => {
    const refused = await run('reset', 'orders', '--to', 'beginning');
    expect(refused).to.deep.include({ code: 1, out: '' });
    expect(refused.err).to.equal('boxoffice: orders is read just now: stop its readers first\n');
    expect((await run('reset', 'nobody', '--to', 'end')).code).to.equal(3);
    expect((await run('reset', 'orders', '--to', 'middle')).err).to.include('--to');
    expect((await run('reset', 'orders')).err).to.include('--to');
    expect((await run('reset', '--to', 'end')).err).to.include('group');
  });

  it('reset has a group read everything again, and its view stays as it was', async () => {
    await server.stop();
    const before = await lags();
    const { code, out } = await run('reset', 'orders', '--to', 'beginning');
    expect(code).to.equal(0);
    expect(out).to.match(/^orders is at the beginning of its \d+ partitions: [1-9]\d* events left to read\n$/);
    const after = await lags();
    expect(after.filter(({ group }) => group !== 'orders')).to.deep.equal(
      before.filter(({ group }) => group !== 'orders'),
    );
    server = await ServerProcess.start(folder);
    await caughtUp();
    await server.stop();
    const { partitions, lag } = JSON.parse((await run('reset', 'orders', '--to', 'end', '--json')).out);
    expect([partitions, lag]).to.deep.equal([after.filter(({ group }) => group === 'orders').length, 0]);
    expect((await boxoffice(folder, ['views', 'verify'])).code).to.equal(0);
  });
});
