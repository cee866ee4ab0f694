import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** Names under which no value ever reaches the log, wherever in a record they stand. */
const secretNames = [
  'number',
  'securityCode',
  'cardToken',
  'token',
  'secret',
  'password',
  'authorization',
  'cookie',
  'email',
];

/** What may wait for a reader of the log that doesn't read; lines beyond are lost, the process goes on. */
const mostBytes = 16 * 1024 * 1024;

export interface LogOptions {
  readonly level?: string;
  /** Where lines go; gathered and written to standard output unless told otherwise. */
  readonly to?: DestinationStream;
}

/** Lines of JSON, one for each event, times in ISO 8601. */
export const createLog = ({ level = 'info', to }: LogOptions = {}): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    to ?? destination({ fd: 1, sync: false, minLength: 4_096, periodicFlush: 200, maxLength: mostBytes }),
  );
