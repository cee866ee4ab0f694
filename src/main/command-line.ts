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
import { exitCodes, NotFound } from './exit-codes.js';

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);

const program = new Command('boxoffice')
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

const isBrokenPipe = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'EPIPE';

// Whoever reads the output may stop before its end, as `head` does.
process.stdout.on('error', (cause) => {
  if (isBrokenPipe(cause)) process.exit();
  throw cause;
});

try {
  await program.parseAsync();
} catch (cause) {
  if (!isBrokenPipe(cause)) {
    process.stderr.write(`boxoffice: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = cause instanceof NotFound ? exitCodes.notFound : exitCodes.failed;
  }
}
