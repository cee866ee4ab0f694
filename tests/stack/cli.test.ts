import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { ParkedEvent } from '../../src/application/ports/park.js';
import { EmbeddedPark } from '../../src/infrastructure/feed/embedded/embedded-park.js';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { views as allViews } from '../../src/main/catalogue.js';
import { boxoffice, type Ended, Running, serve } from '../support/cli.js';
import { newFolder, removeFolder, settingsFor } from '../support/platform.js';
import { type Card, type Paid, Shop } from '../support/shop.js';
import { until } from '../support/until.js';

interface Line {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly recordedAt: string;
}

const linesOf = ({ out }: Ended): readonly Line[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('boxoffice beside a running server', () => {
  let folder = '';
  let server: Running;
  let shop: Shop;
  let saleId = '';
  let card: Card;
  let paid: Paid;
  const run = (...args: string[]): Promise<Ended> => boxoffice(folder, args);

  before(async () => {
    folder = await newFolder();
    const { running, url } = await serve(folder);
    server = running;
    shop = new Shop(new ApiClient(url));
    saleId = await shop.openSale({ capacity: 20 });
    card = await shop.issueCard();
    paid = await shop.buy(saleId, card, { quantity: 2 });
  });

  after(async () => {
    await server.stop();
    await removeFolder(folder);
  });

  it('events export writes every event in full, in the order of the store', async () => {
    const { code, out, err } = await run('events', 'export');
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const lines = linesOf({ code, out, err });
    const names = ['id', 'type', 'version', 'stream', 'revision', 'position', 'recordedAt', 'metadata', 'data'];
    for (const line of lines) {
      expect(line).to.have.all.keys(names);
      expect(new Date(line.recordedAt).toISOString()).to.equal(line.recordedAt);
    }
    expect(lines.map(({ position }) => position)).to.deep.equal(lines.map(({ position }) => position).toSorted());
    expect(new Set(lines.map(({ id }) => id)).size).to.equal(lines.length);
    expect(lines.map(({ type }) => type)).to.include.members(['SaleAnnounced', 'PlacesSold', 'OrderFulfilled']);
  });

  it('events export takes one stream, and writes into a file', async () => {
    const file = join(folder, 'sale.ndjson');
    const { code, out } = await run('events', 'export', '--stream', `sale-${saleId}`, '--out', file);
    expect({ code, out }).to.deep.equal({ code: 0, out: '' });
    const lines = linesOf({ code, out: await readFile(file, 'utf8'), err: '' });
    expect(lines.map(({ type }) => type)).to.deep.equal(['SaleAnnounced', 'SaleOpened', 'PlacesHeld', 'PlacesSold']);
    expect(lines.map(({ revision }) => revision)).to.deep.equal(['0', '1', '2', '3']);
    expect((await run('events', 'export', '--stream', 'sale-none')).code).to.equal(3);
  });

  it('events show gives one event by its stream and revision', async () => {
    const stream = `sale-${saleId}`;
    const opened = linesOf(await run('events', 'export', '--stream', stream))[1];
    const { code, out } = await run('events', 'show', stream, '1', '--json');
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.deep.equal(opened);
    const unknown = await run('events', 'show', stream, '999');
    expect(unknown).to.deep.include({ code: 3, err: `boxoffice: there is no event ${stream}@999\n` });
    expect((await run('events', 'show', stream, 'first')).code).to.equal(1);
  });

  it('events tail begins behind a position, follows what comes, and ends well when it is told to', async () => {
    const before = linesOf(await run('events', 'export'));
    const from = before[1]?.position ?? '';
    const tail = new Running(['events', 'tail', '--from', from, '--json'], settingsFor(folder));
    await until('tail shows what was there', () => tail.lines.length >= before.length - 2);
    await shop.buy(saleId, card);
    const fulfilled = (): number => tail.lines.filter((line) => line.includes('"OrderFulfilled"')).length;
    await until('tail shows the new order', () => fulfilled() === 2);
    const ended = await tail.stop();
    expect(ended).to.deep.include({ code: 0, err: '' });
    const shown = linesOf(ended);
    expect(shown).to.deep.equal(linesOf(await run('events', 'export')).slice(2, 2 + shown.length));
    const wrong = await run('events', 'tail', '--from', 'yesterday');
    expect(wrong.code).to.equal(1);
    expect(wrong.err).to.include('--from yesterday');
  });

  it('views list names each view with its versions, checkpoint and documents', async () => {
    const { code, out } = await run('views', 'list', '--json');
    expect(code).to.equal(0);
    const views: { name: string; version: number; liveVersion: number; documents: number }[] = JSON.parse(out);
    expect(views.map(({ name }) => name)).to.deep.equal(allViews.map(({ name }) => name));
    for (const { version, liveVersion } of views) expect(liveVersion).to.equal(version);
    expect(views.find(({ name }) => name === 'tickets')?.documents).to.be.greaterThan(1);
  });

  it('views verify finds the documents as the events say, and leaves nothing behind', async () => {
    const { code, out } = await run('views', 'verify', '--json');
    expect(code, out).to.equal(0);
    const lines = out.split('\n').filter((line) => line !== '');
    expect(JSON.parse(lines.pop() ?? '')).to.deep.include({ broken: [] });
    const verified: { view: string; documents: number; differences: unknown[] }[] = lines.map((line) =>
      JSON.parse(line),
    );
    expect(verified.map(({ view }) => view)).to.deep.equal(allViews.map(({ name }) => name));
    expect(verified.flatMap(({ differences }) => differences)).to.deep.equal([]);
    expect(verified.find(({ view }) => view === 'orders')?.documents).to.be.greaterThan(0);
    expect((await readdir(folder)).filter((name) => name.startsWith('verify-'))).to.deep.equal([]);
    expect((await run('views', 'verify', 'nonsense')).code).to.equal(3);
  });

  it('views rebuild says which process has to be stopped first', async () => {
    const { code, err } = await run('views', 'rebuild', '--all');
    expect(code).to.equal(1);
    expect(err).to.include(`process ${server.pid}`).and.include('stop it first');
  });

  it('park retry takes a parked event', async () => {
    await parkOne(folder, paid.order.orderId);
    const { code, out } = await run('park', 'retry', 'orders', `order-${paid.order.orderId}`, '--json');
    expect({ code, out }).to.deep.equal({ code: 0, out: '{"taken":1}\n' });
    expect((await run('park', 'list', '--json')).out).to.equal('[]\n');
  });

  it('audit show tells the state of a past revision and time as it was recorded then', async () => {
    const stream = `sale-${saleId}`;
    const then = await run('audit', 'show', stream, '--json');
    const recorded: { state: Record<string, unknown>; history: Line[] } = JSON.parse(then.out);
    const { capacity, held, sold, revision } = await shop.saleOf(saleId, paid.token);
    expect(recorded.state).to.deep.include({ status: 'open', capacity, held, sold });
    expect(recorded.history.at(-1)?.revision).to.equal(revision);

    await shop.buy(saleId, card);
    expect((await run('audit', 'show', stream, '--json')).out).to.not.equal(then.out);
    expect((await run('audit', 'show', stream, '--at', revision, '--json')).out).to.equal(then.out);
    const at = recorded.history.at(-1)?.recordedAt ?? '';
    expect((await run('audit', 'show', stream, '--at', at, '--json')).out).to.equal(then.out);
  });

  it('audit show tells who did what, for every kind of stream', async () => {
    const streams = new Map(linesOf(await run('events', 'export')).map(({ stream }) => [stream.split('-')[0], stream]));
    expect([...streams.keys()]).to.have.members(['sale', 'order', 'ticket', 'card', 'transaction']);
    for (const stream of streams.values()) {
      const { code, out } = await run('audit', 'show', stream, '--json');
      const { history, state } = JSON.parse(out);
      expect(code).to.equal(0);
      expect(history[0]).to.include.all.keys('revision', 'recordedAt', 'type', 'correlationId', 'causationId', 'data');
      expect(state.status, stream).to.be.a('string').and.not.equal('none');
    }
    const { out } = await run('audit', 'show', `order-${paid.order.orderId}`);
    expect(out).to.match(/^0 {2}\S+Z {2}OrderPlaced\n {3}by anonymous, correlation \S+, causation \S+\n/);
  });

  it('audit show names an unknown stream and a moment that is none', async () => {
    expect((await run('audit', 'show', 'sale-none')).code).to.equal(3);
    for (const at of ['yesterday', '2030-02-30T00:00:00Z', '2030-01-01', '-1', '9999']) {
      const { code, err } = await run('audit', 'show', `sale-${saleId}`, `--at=${at}`);
      expect(code, at).to.equal(1);
      expect(err).to.include(`--at ${at}: `);
    }
  });

  it('reading changes nothing', async () => {
    const before = (await run('events', 'export')).out;
    await run('audit', 'show', `order-${paid.order.orderId}`);
    await run('views', 'verify');
    expect((await run('events', 'export')).out).to.equal(before);
  });

  it('demo competes at the server that runs', async () => {
    const { code, out } = await run('demo', '--buyers', '12', '--tickets', '5', '--url', shop.api.url, '--json');
    expect(code, out).to.equal(0);
    const { server: where, figures, places, invariants } = JSON.parse(out);
    expect(where).to.equal('running');
    expect(places).to.deep.equal({ capacity: 5, free: 0, held: 0, sold: 5 });
    expect(figures).to.deep.include({ buyers: 12, sold: 5, refused: { sold_out: 7 } });
    expect(invariants.map(({ holds }: { holds: boolean }) => holds)).to.deep.equal([true, true, true, true]);
  });
});

/** Sets the first event of an order aside for the view `orders`. */
const parkOne = async (folder: string, orderId: string): Promise<Line> => {
  const stream = `order-${orderId}`;
  const [first] = linesOf(await boxoffice(folder, ['events', 'export', '--stream', stream]));
  if (first === undefined) throw new Error(`${stream} has no events`);
  const park = new EmbeddedPark(folder);
  const position = first.position as ParkedEvent['position'];
  await park.park({ group: 'orders', stream, revision: 0n, position, partition: 0, reason: 'by a test', since: 0 });
  await park.close();
  return first;
};

describe('boxoffice on the folder of a server that has stopped', () => {
  let folder = '';
  let paid: Paid;
  const run = (...args: string[]): Promise<Ended> => boxoffice(folder, args);

  before(async () => {
    folder = await newFolder();
    const { running, url } = await serve(folder);
    const shop = new Shop(new ApiClient(url));
    paid = await shop.buy(await shop.openSale(), await shop.issueCard());
    const { code } = await running.stop();
    expect(code).to.equal(0);
  });

  after(() => removeFolder(folder));

  /** Changes a document behind the back of the platform. */
  const tamper = (collection: string, id: string): void => {
    const db = new DatabaseSync(join(folder, 'views.db'), { timeout: 10_000 });
    const [table] = db.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'view_*_' || ?").all(collection);
    const { changes } = db
      .prepare(`UPDATE "${String(table?.name)}" SET doc = json_set(doc, '$.quantity', 7) WHERE id = ?`)
      .run(id);
    db.close();
    expect(changes).to.equal(1);
  };

  it('views verify names a document that was changed by hand, and a rebuild puts it right', async () => {
    expect((await run('views', 'verify')).code).to.equal(0);
    const { orderId } = paid.order;
    tamper('orders', orderId);
    const { code, out } = await run('views', 'verify');
    expect(code).to.equal(2);
    expect(out).to.include(`orders/${orderId} is different in quantity`);
    const { differences } = JSON.parse((await run('views', 'verify', 'orders', '--json')).out);
    expect(differences).to.deep.equal([
      { collection: 'orders', id: orderId, problem: 'different', fields: ['quantity'] },
    ]);
    expect((await run('views', 'rebuild', 'orders')).code).to.equal(0);
    expect((await run('views', 'verify')).code).to.equal(0);
  });

  it('views rebuild makes one view or all, and asks which', async () => {
    const { code, out } = await run('views', 'rebuild', '--all', '--json');
    expect(code).to.equal(0);
    const rebuilt = out.split('\n').filter((line) => line !== '');
    expect(rebuilt.map((line) => JSON.parse(line).view)).to.deep.equal(allViews.map(({ name }) => name));
    expect((await run('views', 'rebuild')).code).to.equal(1);
    expect((await run('views', 'rebuild', 'orders', '--all')).code).to.equal(1);
    expect((await run('views', 'rebuild', 'nonsense')).code).to.equal(3);
  });

  it('park lists what is parked, and skips it for a reason', async () => {
    const { stream, revision, position } = await parkOne(folder, paid.order.orderId);
    const [parked] = JSON.parse((await run('park', 'list', '--json')).out);
    expect(parked).to.deep.include({ group: 'orders', stream, revision, position, reason: 'by a test' });
    expect((await run('park', 'list')).out).to.match(new RegExp(`^orders ${stream} ${revision} since \\S+: by a test`));
    expect((await run('park', 'skip', 'orders', stream, revision)).err).to.include('--because');
    expect((await run('park', 'skip', 'orders', stream, '7', '--because', 'x')).code).to.equal(3);
    expect((await run('park', 'skip', 'orders', stream, 'first', '--because', 'x')).code).to.equal(1);
    expect((await run('park', 'retry', 'orders', 'order-none')).code).to.equal(3);
    const skipped = await run('park', 'skip', 'orders', stream, revision, '--because', 'written twice');
    expect(skipped).to.deep.include({ code: 0, out: '0 handled\n' });
    const park = new EmbeddedPark(folder);
    expect((await park.skipped('orders')).map(({ skippedBecause }) => skippedBecause)).to.deep.equal(['written twice']);
    expect(await park.list()).to.deep.equal([]);
    await park.close();
  });
});

describe('boxoffice and its settings', () => {
  let folder = '';
  before(async () => {
    folder = await newFolder();
  });
  after(() => removeFolder(folder));

  it('a wrong setting stops the start with its name', async () => {
    const { code, err } = await boxoffice(folder, ['serve'], { PORT: 'eighty' });
    expect({ code, err }).to.deep.equal({ code: 1, err: 'boxoffice: PORT must be a port from 0 to 65535\n' });
  });

  it('an unknown setting stops the start with its name', async () => {
    const { code, err } = await boxoffice(folder, ['serve'], { BOXOFFICE_PROT: '80' });
    expect({ code, err }).to.deep.equal({ code: 1, err: 'boxoffice: BOXOFFICE_PROT is not a setting\n' });
  });

  it('topics apply makes no topic of one copy in production', async () => {
    const settings = { KAFKA_BROKERS: '127.0.0.1:1', NODE_ENV: 'production' };
    const { code, err } = await boxoffice(folder, ['topics', 'apply', '--copies', '1'], settings);
    expect(code).to.equal(1);
    expect(err).to.equal(
      'boxoffice: boxoffice.ticketing would have one copy, which is lost with its broker: not with NODE_ENV=production\n',
    );
  });

  it('config shows each setting with its meaning, and masks the key', async () => {
    const key = 'ab'.repeat(32);
    for (const args of [['config'], ['config', '--json']]) {
      const { code, out } = await boxoffice(folder, args, { BOXOFFICE_KEY: key, PORT: '4321' });
      expect(code).to.equal(0);
      expect(out).to.include('PORT').and.include('4321').and.include(folder).and.not.include(key);
    }
    const { out } = await boxoffice(folder, ['config', '--json'], { BOXOFFICE_KEY: key });
    const shown: { name: string; value: string }[] = JSON.parse(out);
    expect(shown.find(({ name }) => name === 'BOXOFFICE_KEY')?.value).to.equal('********');
  });

  it('a folder without events is named, and stays as it is', async () => {
    for (const args of [
      ['events', 'export'],
      ['audit', 'show', 'sale-x'],
      ['views', 'rebuild', '--all'],
      ['park', 'list'],
    ]) {
      const { code, err } = await boxoffice(folder, args);
      expect({ code, err }).to.deep.equal({ code: 1, err: `boxoffice: ${folder} holds no events yet\n` });
    }
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('an unknown command or option is bad usage', async () => {
    for (const args of [['sing'], ['events', 'tail', '--loud'], ['demo', '--buyers', 'many'], ['demo', '--url', 'x']]) {
      expect((await boxoffice(folder, args)).code, args.join(' ')).to.equal(1);
    }
  });

  it('demo runs a server of its own where none answers, and leaves nothing behind', async () => {
    const args = ['demo', '--buyers', '6', '--tickets', '10', '--json'];
    const { code, out, err } = await boxoffice(folder, args, { TMPDIR: folder, PORT: '1' });
    expect(code, err).to.equal(0);
    const { server, places } = JSON.parse(out);
    expect({ server, places }).to.deep.equal({
      server: 'own',
      places: { capacity: 10, free: 4, held: 0, sold: 6 },
    });
    expect(await readdir(folder)).to.deep.equal([]);
  });
});
