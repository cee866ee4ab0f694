// Writers on message-db, each with a stream of its own and the version that it expects.
// message-db.mjs <url of PostgreSQL> <connections> <writers> <seconds> <data> <metadata>
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { race } from './writers.mjs';

const [connectionString, connections, writers, seconds, data, metadata] = process.argv.slice(2);
const options = '-c search_path=message_store,public';
const pool = new pg.Pool({ connectionString, options, max: Number(connections), min: Number(connections) });
const text = 'SELECT write_message($1::varchar, $2::varchar, $3::varchar, $4::jsonb, $5::jsonb, $6::bigint)';

const writer = () => {
  const stream = `sale-${randomUUID()}`;
  let version = -1;
  return async () => {
    const values = [randomUUID(), stream, 'PlacesHeld', data, metadata, version];
    version = Number((await pool.query({ name: 'write', text, values })).rows[0].write_message);
  };
};

const count = async () => Number((await pool.query('SELECT count(*) FROM messages')).rows[0].count);
const before = await count();
await race(
  Array.from({ length: Number(writers) }, writer),
  Number(seconds),
  async (events) => (await count()) - before === events,
);
await pool.end();
