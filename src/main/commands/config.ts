import { Command } from 'commander';
import { readSettings, shownSettings } from '../settings.js';

/** `boxoffice config`: every setting, its value now, its default and its meaning; secrets are masked. */
export const configCommand = (): Command =>
  new Command('config')
    .description('shows all settings, and all that is wrong with them')
    .option('--json', 'machine-readable, on one line')
    .action(({ json }: { json?: boolean }) => {
      const settings = shownSettings(process.env);
      if (json === true) process.stdout.write(`${JSON.stringify(settings)}\n`);
      else {
        for (const { name, value, fallback, meaning } of settings) {
          process.stdout.write(`${name}=${value}\n  ${meaning}${fallback === '' ? '' : ` (default ${fallback})`}\n`);
        }
      }
      // Last, so that what is wrong can be looked up above.
      readSettings(process.env);
    });
