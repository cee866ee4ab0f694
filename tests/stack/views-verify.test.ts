import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { views as allViews } from '../../src/main/catalogue.js';
import { MongoWire } from '../../stack/mongodb-wire.js';
import { boxoffice } from '../support/cli.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';
import { describeServer, serverData } from '../support/servers.js';
import type { Card } from '../support/shop.js';
import { until } from '../support/until.js';

describeServer('mongodb-wire', 'views verify on views in MongoDB', () => {
  let folder: string;
  let server: ServerProcess;
  let mongo: MongoWire;
  let client: MongoClient;
  let settings: Record<string, string>;
  let saleId: string;
  let card: Card;
  const verify = (...more: string[]) => boxoffice(folder, ['views', 'verify', '--json', ...more], settings);

  before(async () => {
    mongo = await MongoWire.start({ folder: serverData() });
    client = new MongoClient(mongo.url);
    folder = await newFolder();
    settings = { MONGODB_URL: mongo.url };
    server = await ServerProcess.start(folder, { settings });
    saleId = await server.shop.openSale({ capacity: 50 });
    card = await server.shop.issueCard();
    await server.shop.buy(saleId, card, { quantity: 2 });
  });

  after(async () => {
    await server.stop();
    await client.close();
    await mongo.server.stop();
    await removeFolder(folder);
  });

  it('finds the documents as the events say, while tickets are sold', async () => {
    let isOver = false;
    const sell = async (): Promise<void> => {
      while (!isOver) await server.shop.buy(saleId, card);
    };
    const selling = sell();
    const { code, out, err } = await verify().finally(() => {
      isOver = true;
    });
    await selling;
    expect({ code, err }, out).to.deep.equal({ code: 0, err: '' });
    const [invariants, ...verified] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .reverse();
    expect(invariants.broken).to.deep.equal([]);
    expect(verified.map(({ view }) => view).reverse()).to.deep.equal(allViews.map(({ name }) => name));
    expect(verified.find(({ view }) => view === 'orders').documents).to.be.greaterThan(0);
  });

  it('names a document that is missing, one that nobody made and one that was changed by hand', async () => {
    const db = client.db('boxoffice');
    const orders = (await db.listCollections({}, { nameOnly: true }).toArray()).find(({ name }) =>
      /^orders_v/.test(name),
    );
    if (orders === undefined) throw new Error('there are no orders');
    const collection = db.collection<{ _id: string; quantity: number }>(orders.name);
    await server.shop.buy(saleId, card);
    await until('there are two orders', async () => (await collection.countDocuments()) >= 2);
    const [first, second] = await collection.find({}, { sort: { _id: 1 } }).toArray();
    if (first === undefined || second === undefined) throw new Error('there are two orders');
    await collection.updateOne({ _id: first._id }, { $set: { quantity: 99 } });
    await collection.deleteOne({ _id: second._id });
    await collection.insertOne({ ...second, _id: 'zzz' });
    const { code, out } = await verify('orders');
    expect(code).to.equal(2);
    const { differences } = JSON.parse(out);
    expect(differences.map(({ collection: _, ...one }: { collection: string }) => one)).to.deep.equal([
      { id: first._id, problem: 'different', fields: ['quantity'] },
      { id: second._id, problem: 'missing' },
      { id: 'zzz', problem: 'unexpected' },
    ]);
  });
});
