import { Command } from 'commander';
import { giveMemoryBackAtRest } from '../../infrastructure/runtime/memory.js';
import { startPlatform } from '../platform.js';
import { allRoles, readRoles } from '../roles.js';
import { readSettings } from '../settings.js';
import { tokens } from '../tokens.js';

/** `boxoffice serve`: runs until SIGTERM or SIGINT. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('runs the platform, or some roles of it')
    .option('--roles <roles>', `of ${allRoles.join(', ')}`, allRoles.join(','))
    .action(async ({ roles }: { roles: string }) => {
      const settings = readSettings(process.env);
      const platform = await startPlatform(settings, readRoles(roles));
      const log = await platform.container.getAsync(tokens.log);
      const { url, operatorUrl, bankPort } = platform;
      log.info({ url, operatorUrl, bankPort, roles, node: process.version, folder: settings.folder }, 'ready');
      if (settings.host === '127.0.0.1') log.info('there are no sessions yet: only this machine is listened to');
      else
        log.warn({ host: settings.host }, 'there are no sessions yet: whoever reaches this address may do everything');
      giveMemoryBackAtRest();
      const { promise: asked, resolve } = Promise.withResolvers<string>();
      process.once('SIGTERM', resolve).once('SIGINT', resolve);
      const signal = await asked;
      log.info({ signal }, 'stopping');
      await platform.stop();
      log.info('stopped');
      log.flush();
    });
