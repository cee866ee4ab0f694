import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { auditCommand } from './commands/audit.js';
import { configCommand } from './commands/config.js';
import { demoCommand } from './commands/demo.js';
import { eventStoreCommand } from './commands/event-store.js';
import { eventsCommand } from './commands/events.js';
import { feedCommand } from './commands/feed.js';
import { parkCommand } from './commands/park.js';
import { serveCommand } from './commands/serve.js';
import { topicsCommand } from './commands/topics.js';
import { viewsCommand } from './commands/views.js';

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);

/** `boxoffice` with all its commands. */
export const program = new Command('boxoffice')
  .description('Sells tickets for scarce shows and takes card payments.')
  .version(version)
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(eventStoreCommand())
  .addCommand(eventsCommand())
  .addCommand(viewsCommand())
  .addCommand(auditCommand())
  .addCommand(feedCommand())
  .addCommand(parkCommand())
  .addCommand(topicsCommand())
  .addCommand(configCommand());
