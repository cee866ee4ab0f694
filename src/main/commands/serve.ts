import { Command } from 'commander';
import { isLoopback } from '../../infrastructure/http/frame/host-name.js';
import { giveMemoryBackAtRest } from '../../infrastructure/runtime/memory.js';
import type { Adapters } from '../adapters.js';
import { startPlatform } from '../platform.js';
import { allRoles, readRoles } from '../roles.js';
import { readSettings, type Settings } from '../settings.js';
import { tokens } from '../tokens.js';

/** `boxoffice serve`: runs until SIGTERM or SIGINT. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('runs the platform, or some roles of it')
    .option('--roles <roles>', `of ${allRoles.join(', ')}`, allRoles.join(','))
    .action(({ roles }: { roles: string }) => serve(readSettings(process.env), roles));

/** Longer than requests are drained for; what hangs then is no worse off than by a crash, which is survived anyway. */
const longestStopMs = 60_000;

/**
 * @param adapters are wrapped by tests
 * @param stopMs how long the end may take before the process leaves things as they are
 */
export const serve = async (
  settings: Settings,
  roles: string,
  adapters?: Adapters,
  stopMs = longestStopMs,
): Promise<void> => {
  const platform = await startPlatform(settings, readRoles(roles), adapters);
  const log = await platform.container.getAsync(tokens.log);
  const { url, operatorUrl, bankPort } = platform;
  const next = `${url}/openapi.json describes the API; npx boxoffice demo lets buyers compete for tickets`;
  log.info({ url, operatorUrl, bankPort, roles, node: process.version, folder: settings.folder, next }, 'ready');
  if (isLoopback(settings.host)) log.info('there is no log-in yet: only this machine can connect');
  else log.warn({ host: settings.host }, 'there is no log-in yet: anyone who reaches this address may do everything');
  giveMemoryBackAtRest();
  const { promise: asked, resolve } = Promise.withResolvers<string>();
  process.once('SIGTERM', resolve).once('SIGINT', resolve);
  const signal = await asked;
  log.info({ signal }, 'stopping');
  const late = setTimeout(() => {
    log.error({ stopMs }, 'the shutdown takes too long: the process exits without finishing it');
    log.flush();
    process.exit(1);
  }, stopMs);
  await platform.stop();
  clearTimeout(late);
  log.info('stopped');
  log.flush();
};
