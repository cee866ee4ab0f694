#!/usr/bin/env node
import { Command } from 'commander';
import { configCommand } from './commands/config.js';
import { serveCommand } from './commands/serve.js';

const program = new Command('boxoffice')
  .description('Sells tickets for scarce shows and takes card payments.')
  .addCommand(serveCommand())
  .addCommand(configCommand());

try {
  await program.parseAsync();
} catch (cause) {
  process.stderr.write(`boxoffice: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}
