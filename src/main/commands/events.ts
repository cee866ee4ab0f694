import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { eventAt } from '../../application/event-at.js';
import { beginning, type EventStore, type Position, type RecordedEvent } from '../../application/ports/event-store.js';
import { eventEnvelope, eventLine } from '../event-line.js';
import { NotFound } from '../exit-codes.js';
import { readRevision } from '../revision.js';
import { readSettings } from '../settings.js';
import { openStorage } from '../storage.js';

interface ForMachines {
  readonly json?: boolean;
}

/** `boxoffice events`: reads the events of the data folder, also beside a server that writes to it. */
export const eventsCommand = (): Command =>
  new Command('events')
    .description('reads the events')
    .addCommand(tailCommand())
    .addCommand(showCommand())
    .addCommand(exportCommand());

const jsonLine = (event: RecordedEvent): string => JSON.stringify(eventEnvelope(event));

const tailCommand = (): Command =>
  new Command('tail')
    .description('follows the events until it is interrupted')
    .option('--from <position>', 'start after this position, or at the `beginning`; only new events if not given')
    .option('--json', 'one event a line, as `events export` writes them')
    .action(async ({ from, json }: ForMachines & { from?: string }) => {
      await using storage = openStorage(readSettings(process.env), new Set());
      const store = await storage.eventStore();
      const ending = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
      const line = json === true ? jsonLine : eventLine;
      const after = await positionFrom(from, store);
      const lines = async function* (): AsyncGenerator<string> {
        for await (const { events } of store.subscribe(after, { signal: ending.signal })) {
          for (const event of events) yield `${line(event)}\n`;
        }
      };
      await pipeline(Readable.from(lines()), process.stdout, { end: false });
    });

const positionFrom = async (text: string | undefined, store: EventStore): Promise<Position> => {
  if (text === undefined) return store.head();
  if (text === 'beginning') return beginning;
  if (!/^[0-9a-f]{16}$/.test(text)) throw new Error(`--from ${text}: must be a position of an event, or beginning`);
  return text as Position;
};

const showCommand = (): Command =>
  new Command('show')
    .description('shows one event')
    .argument('<stream>')
    .argument('<revision>', 'of the event in its stream', readRevision)
    .option('--json', 'machine-readable, on one line')
    .action(async (stream: string, revision: bigint, { json }: ForMachines) => {
      await using storage = openStorage(readSettings(process.env), new Set());
      const event = await eventAt(await storage.eventStore(), stream, revision);
      if (event === undefined) throw new NotFound(`there is no event ${stream}@${revision}`);
      process.stdout.write(`${JSON.stringify(eventEnvelope(event), null, json === true ? 0 : 2)}\n`);
    });

const exportCommand = (): Command =>
  new Command('export')
    .description('writes the events as NDJSON, one a line, in the order of the store')
    .option('--stream <name>', 'of one stream only')
    .option('--out <file>', 'into this file instead of standard output')
    .option('--force', 'overwrite the file')
    .action(async ({ stream, out, force }: { stream?: string; out?: string; force?: boolean }) => {
      await using storage = openStorage(readSettings(process.env), new Set());
      const store = await storage.eventStore();
      if (stream !== undefined && (await store.read(stream, { limit: 1 })).length === 0) {
        throw new NotFound(`there is no stream ${stream}`);
      }
      const events = stream === undefined ? allEvents(store) : streamEvents(store, stream);
      const lines = async function* (): AsyncGenerator<string> {
        for await (const event of events) yield `${jsonLine(event)}\n`;
      };
      if (out === undefined) await pipeline(Readable.from(lines()), process.stdout, { end: false });
      else await pipeline(Readable.from(lines()), await openFile(out, force === true));
    });

/** @throws Error where the file is there already and may not be overwritten */
const openFile = async (path: string, mayOverwrite: boolean): Promise<WriteStream> => {
  const file = createWriteStream(path, { flags: mayOverwrite ? 'w' : 'wx' });
  await once(file, 'open').catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EEXIST' ? new Error(`${path} already exists: --force overwrites it`, { cause }) : cause;
  });
  return file;
};

/** All that is there now; what comes meanwhile may be left out. */
async function* allEvents(store: EventStore): AsyncGenerator<RecordedEvent> {
  for (let after = beginning; ; ) {
    const { events, next, isHead } = await store.readAll(after);
    yield* events;
    if (isHead) return;
    after = next;
  }
}

const pageSize = 1_000;

async function* streamEvents(store: EventStore, stream: string): AsyncGenerator<RecordedEvent> {
  for (let from = 0n; ; from += BigInt(pageSize)) {
    const page = await store.read(stream, { from, limit: pageSize });
    yield* page;
    if (page.length < pageSize) return;
  }
}
