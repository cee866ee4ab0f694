import { Command } from 'commander';
import { readSettings, shownSettings } from '../settings.js';

/** `boxoffice config`: every setting, its value now, its default and its meaning; secrets are masked. */
export const configCommand = (): Command =>
  new Command('config')
    .description('shows all settings')
    .option('--json', 'for machines')
    .action(({ json }: { json?: boolean }) => {
      readSettings(process.env);
      const settings = shownSettings(process.env);
      if (json === true) {
        process.stdout.write(`${JSON.stringify(settings, null, 2)}\n`);
        return;
      }
      for (const { name, value, fallback, meaning } of settings) {
        process.stdout.write(`${name}=${value}\n  ${meaning}${fallback === '' ? '' : ` (default ${fallback})`}\n`);
      }
    });
