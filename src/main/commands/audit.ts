import { Command } from 'commander';
import { plainState } from '../../application/audit/plain-state.js';
import {
  BeyondStream,
  type HistoryEntry,
  type Moment,
  type StreamAudit,
  StreamAuditor,
} from '../../application/audit/stream-audit.js';
import { schemaVersionOf } from '../../application/event-catalogue.js';
import { instantMs, isInstant } from '../../infrastructure/http/input/time-fields.js';
import { deciders, openCatalogue } from '../catalogue.js';
import { exitCodes, NotFound } from '../exit-codes.js';
import { isRevision } from '../revision.js';
import { readSettings } from '../settings.js';
import { openStorage } from '../storage.js';

interface Options {
  readonly at?: string;
  readonly json?: boolean;
}

/** `boxoffice audit`: what happened, and what it came to at any moment. */
export const auditCommand = (): Command =>
  new Command('audit').description('shows what happened').addCommand(showCommand());

const showCommand = (): Command =>
  new Command('show')
    .description('shows the history of a stream and its state, now or at a moment')
    .argument('<stream>', 'as sale-<id>, order-<id>, ticket-<id>, card-<id>, transaction-<id>')
    .option('--at <moment>', 'a revision, or a time with its offset (RFC 3339)')
    .option('--json', 'machine-readable, on one line')
    .action(async (stream: string, { at, json }: Options) => {
      const moment = at === undefined ? undefined : momentOf(at);
      await using storage = openStorage(readSettings(process.env), new Set());
      const auditor = new StreamAuditor(await storage.eventStore(), openCatalogue(), deciders);
      const audit = await auditor.show(stream, moment).catch((cause: unknown) => {
        throw cause instanceof BeyondStream ? new Error(`--at ${at}: ${cause.message}`) : cause;
      });
      if (audit === undefined) throw new NotFound(`there is no stream ${stream}`);
      process.stdout.write(json === true ? `${JSON.stringify(toJson(stream, audit))}\n` : text(audit));
      if (audit.unreadable !== undefined) process.exitCode = exitCodes.failed;
    });

const momentOf = (text: string): Moment => {
  if (isRevision(text)) return { revision: BigInt(text) };
  if (isInstant(text)) return { at: instantMs(text) };
  throw new Error(`--at ${text}: must be a revision, or a time with its offset such as 2030-05-04T19:30:00Z`);
};

const toJson = (stream: string, { history, state, unreadable }: StreamAudit) => ({
  stream,
  history: history.map(entry),
  state: plainState(state),
  ...(unreadable !== undefined && { unreadable }),
});

const entry = ({ event, metadata }: HistoryEntry) => {
  const { id, revision, recordedAt, type, data } = event;
  const { actor, correlationId, causationId, traceparent } = metadata;
  return {
    revision: String(revision),
    recordedAt: new Date(recordedAt).toISOString(),
    id,
    type,
    version: schemaVersionOf(event),
    ...(actor !== undefined && { actor }),
    correlationId,
    causationId,
    ...(traceparent !== undefined && { traceparent }),
    data: JSON.parse(data) as unknown,
  };
};

const text = ({ history, state, unreadable }: StreamAudit): string => {
  const entries = history.map(({ event: { revision, recordedAt, type, data }, metadata }) => {
    const { actor = 'unknown', correlationId, causationId } = metadata;
    const head = `${revision}  ${new Date(recordedAt).toISOString()}  ${type}`;
    return `${head}\n   by ${actor}, correlation ${correlationId}, causation ${causationId}\n   ${data}`;
  });
  const end = state === undefined ? [] : ['state', JSON.stringify(plainState(state), null, 2)];
  const fault = unreadable === undefined ? [] : [`the state ends before an event that can't be read: ${unreadable}`];
  return `${[...entries, ...end, ...fault].join('\n')}\n`;
};
