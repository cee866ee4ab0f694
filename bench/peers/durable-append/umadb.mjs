// Writers on UmaDB, each with a stream of its own: no event of the stream may stand behind the last that its writer knows.
// umadb.mjs <host:port> <writers> <seconds> <data> <metadata>
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { race } from './writers.mjs';

const [address, writers, seconds, data, metadata] = process.argv.slice(2);
const definition = loadSync(join(import.meta.dirname, 'umadb.proto'), { keepCase: true, longs: String });
const { DCB } = loadPackageDefinition(definition).umadb.v1;
const client = new DCB(address, credentials.createInsecure());
await promisify(client.waitForReady.bind(client))(Date.now() + 30_000);
const ask = promisify(client.Append.bind(client));
const head = async () => Number((await promisify(client.Head.bind(client))({})).position ?? 0);
const entries = Object.entries(JSON.parse(metadata)).map(([key, value]) => ({ key, value }));
const bytes = Buffer.from(data);

const writer = () => {
  const stream = `sale-${randomUUID()}`;
  let after;
  return async () => {
    const event = { event_type: 'PlacesHeld', tags: [stream], data: bytes, uuid: randomUUID(), metadata: entries };
    const condition = { fail_if_events_match: { items: [{ tags: [stream] }] }, ...(after && { after }) };
    after = (await ask({ events: [event], condition })).position;
  };
};

const before = await head();
await race(
  Array.from({ length: Number(writers) }, writer),
  Number(seconds),
  async (events) => (await head()) - before === events,
);
client.close();
