import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../infrastructure/clock/system-clock.js';
import { isLoopback } from '../../infrastructure/http/frame/host-name.js';
import { createLog } from '../../infrastructure/observability/log.js';
import { giveMemoryBackAtRest } from '../../infrastructure/runtime/memory.js';
import { readSettings } from '../settings.js';

interface EventStoreOptions {
  readonly port: number;
  readonly host?: string;
  readonly folder?: string;
  readonly maxAppendBytes: number;
}

const numberUpTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value > most)
      throw new InvalidArgumentError(`must be a whole number up to ${most}.`);
    return value;
  };

/** `boxoffice event-store`: an event store for development that speaks EventStoreDB's protocol; runs until SIGTERM or SIGINT. */
export const eventStoreCommand = (): Command =>
  new Command('event-store')
    .description("serves an event store of our own over EventStoreDB's protocol, for development and tests")
    .option('--port <port>', 'to listen on; 0 takes a free one', numberUpTo(65_535), 2113)
    .option('--host <address>', 'to listen on (default: BOXOFFICE_HOST)')
    .option('--folder <folder>', 'of the events (default: event-store in BOXOFFICE_DATA)')
    .option('--max-append-bytes <bytes>', 'that one append may have', numberUpTo(16 * 1024 * 1024), 1024 * 1024)
    .action(serveEventStore);

const serveEventStore = async ({ port, maxAppendBytes, ...own }: EventStoreOptions): Promise<void> => {
  const settings = readSettings(process.env);
  const { host = settings.host } = own;
  const folder = own.folder === undefined ? join(settings.folder, 'event-store') : resolve(own.folder);
  const log = createLog({ level: settings.logLevel });
  const onDamage = (damage: Error): void =>
    log.fatal({ err: damage }, 'the event file is damaged: nothing is appended');
  const { startWireServer } = await import('../../infrastructure/event-store/wire-server/wire-server.js');
  const server = await startWireServer({ folder, host, port, maxAppendBytes, clock: systemClock, onDamage });
  log.info({ url: server.url, host, port: server.port, folder }, 'ready');
  if (!isLoopback(host))
    log.warn({ host }, 'there are no passwords: anyone who reaches this address may do everything');
  giveMemoryBackAtRest();
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  process.once('SIGTERM', ask).once('SIGINT', ask);
  log.info({ signal: await asked }, 'stopping');
  await server.close();
  log.info('stopped');
  log.flush();
};
