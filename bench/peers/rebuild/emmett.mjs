// The tickets view rebuilt by Emmett on PostgreSQL: the same events in the same streams, and the same documents. Told what
// to do by messages, see bench/rebuild/jobs.ts.
import {
  getPostgreSQLEventStore,
  pongoSingleStreamProjection,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';
import pg from 'pg';

const changesOf = {
  TicketIssued: (data) => ({
    ...data,
    seat: null,
    status: 'issued',
    generation: 1,
    checkedInAt: null,
    checkedOutAt: null,
    reason: null,
    refundId: null,
  }),
  TicketCheckedIn: ({ checkedInAt }) => ({ status: 'inside', checkedInAt }),
  TicketCheckedOut: ({ checkedOutAt }) => ({ status: 'issued', checkedOutAt }),
  TicketTransferred: ({ to, generation }) => ({ holder: to, generation }),
  TicketBlocked: ({ reason }) => ({ status: 'blocked', reason }),
  TicketUnblocked: () => ({ status: 'issued', reason: null }),
};

const collection = 'counted_tickets';

const tickets = pongoSingleStreamProjection({
  collectionName: collection,
  canHandle: Object.keys(changesOf),
  initialState: () => ({ events: 0 }),
  evolve: (document, { type, data, metadata }) => ({
    ...document,
    ...changesOf[type](data),
    revision: String(metadata.streamPosition - 1n),
    events: document.events + 1,
  }),
});

let where;
let pool;

const fill = async (job) => {
  where = job.where;
  pool = new pg.Pool({ connectionString: where, max: job.writers.length });
  const store = getPostgreSQLEventStore(where, { connectionOptions: { pooled: true, pool } });
  await store.schema.migrate();
  const begun = performance.now();
  const write = async (turns) => {
    const revisions = new Map();
    for (const { stream, event } of turns) {
      const expectedStreamVersion = revisions.get(stream) ?? 'STREAM_DOES_NOT_EXIST';
      const { nextExpectedStreamVersion } = await store.appendToStream(stream, [event], { expectedStreamVersion });
      revisions.set(stream, nextExpectedStreamVersion);
    }
  };
  await Promise.all(job.writers.map(write));
  return { seconds: (performance.now() - begun) / 1_000 };
};

/** A second rebuild goes on from the checkpoint of the first and finds nothing to do: so both are forgotten. */
const forgetLast = async () => {
  await pool.query('DELETE FROM emt_processors');
  const { rows } = await pool.query('SELECT to_regclass($1) AS found', [collection]);
  if (rows[0].found !== null) await pool.query(`DELETE FROM ${collection}`);
};

const rebuild = async () => {
  await forgetLast();
  const begun = performance.now();
  const consumer = rebuildPostgreSQLProjections({ connectionString: where, projections: [tickets] });
  await consumer.start();
  const seconds = (performance.now() - begun) / 1_000;
  await consumer.close();
  const { rows } = await pool.query(`SELECT _id, data FROM ${collection}`);
  return { seconds, documents: rows.map(({ _id, data }) => ({ ...data, _id })) };
};

const work = { fill, rebuild };

process.on('message', (job) => {
  work[job.do](job).then(
    (result) => process.send(result),
    (cause) => {
      console.error(cause);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
