import { Command } from 'commander';
import { ParkedEvents, type Retried } from '../../application/feed/parked-events.js';
import type { HandleEvents } from '../../application/feed/parking-reader.js';
import type { ParkedEvent } from '../../application/ports/park.js';
import type { Projector } from '../../application/views/projector.js';
import { adapters } from '../adapters.js';
import { createContainer } from '../container.js';
import { exitCodes, NotFound } from '../exit-codes.js';
import { readRevision } from '../revision.js';
import { readSettings } from '../settings.js';
import { openStorage } from '../storage.js';
import { tokens as t } from '../tokens.js';

interface ForMachines {
  readonly json?: boolean;
}

/** `boxoffice park`: events that a reader could not take, and those of their streams behind them. */
export const parkCommand = (): Command =>
  new Command('park')
    .description('lists, retries and skips parked events')
    .addCommand(listCommand())
    .addCommand(retryCommand())
    .addCommand(skipCommand());

/** Beside a server too: views and the park are written, events only read. */
const withParked = async <T>(work: (parked: ParkedEvents) => Promise<T>): Promise<T> => {
  const container = createContainer(readSettings(process.env), new Set(['projector']), adapters);
  await using storage = await container.getAsync(t.storage);
  const clock = await container.getAsync(t.clock);
  const handlers = handlersOf(await container.getAsync(t.projectors));
  return await work(new ParkedEvents(await storage.park(), await storage.eventStore(), clock, handlers));
};

const handlersOf = (projectors: readonly Projector[]): ReadonlyMap<string, HandleEvents> =>
  new Map(projectors.map((projector) => [projector.group, (events, place) => projector.handle(events, place)]));

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const toJson = ({ revision, since, ...event }: ParkedEvent) => ({
  ...event,
  revision: String(revision),
  since: new Date(since).toISOString(),
});

const line = ({ group, stream, revision, reason, since }: ParkedEvent): string =>
  `${group} ${stream} ${revision} since ${new Date(since).toISOString()}: ${reason}`;

const listCommand = (): Command =>
  new Command('list')
    .description('lists what is parked, in the order of the feed')
    .option('--json', 'machine-readable, on one line')
    .action(async ({ json }: ForMachines) => {
      await using storage = openStorage(readSettings(process.env), new Set());
      await storage.eventStore();
      const parked = await (await storage.park()).list();
      if (json === true) print(JSON.stringify(parked.map(toJson)));
      else for (const event of parked) print(line(event));
    });

const retryCommand = (): Command =>
  new Command('retry')
    .description('handles the parked events of a stream again, in order, up to the first that fails')
    .argument('<group>')
    .argument('<stream>')
    .option('--json', 'machine-readable, on one line')
    .action(async (group: string, stream: string, { json }: ForMachines) => {
      tell(
        await withParked(async (events) => {
          await requireParked(events, ({ group: ofGroup, stream: of }) => ofGroup === group && of === stream);
          return events.retry(group, stream);
        }),
        json,
      );
    });

const skipCommand = (): Command =>
  new Command('skip')
    .description('skips the first parked event of a stream for good, and retries those after it')
    .argument('<group>')
    .argument('<stream>')
    .argument('<revision>', 'of the event in its stream', readRevision)
    .requiredOption('--because <text>', 'why; kept beside the event')
    .option('--json', 'machine-readable, on one line')
    .action(
      async (group: string, stream: string, revision: bigint, { because, json }: ForMachines & { because: string }) => {
        tell(
          await withParked(async (events) => {
            await requireParked(
              events,
              (event) => event.group === group && event.stream === stream && event.revision === revision,
            );
            return events.skip({ group, stream, revision }, because);
          }),
          json,
        );
      },
    );

/** @throws NotFound when nothing of the kind is parked */
const requireParked = async (events: ParkedEvents, isMeant: (event: ParkedEvent) => boolean): Promise<void> => {
  if (!(await events.list()).some(isMeant)) throw new NotFound('nothing of this group and stream is parked there');
};

const tell = ({ taken, stoppedAt }: Retried, json: boolean | undefined): void => {
  if (json === true) print(JSON.stringify({ taken, ...(stoppedAt && { stoppedAt: toJson(stoppedAt) }) }));
  else print(stoppedAt === undefined ? `${taken} handled` : `${taken} handled, failed again at ${line(stoppedAt)}`);
  if (stoppedAt !== undefined) process.exitCode = exitCodes.failed;
};
