import { Command, Option } from 'commander';
import { type Feed, type FeedEnd, feedEnds, type ReaderLag } from '../../application/ports/feed.js';
import { NotFound } from '../exit-codes.js';
import { readSettings } from '../settings.js';
import { openStorage } from '../storage.js';

interface ForMachines {
  readonly json?: boolean;
}

/** `boxoffice feed`: the readers of the events, and how far each of them is. */
export const feedCommand = (): Command =>
  new Command('feed')
    .description('shows how far each group of readers has come, and resets one')
    .addCommand(lagCommand())
    .addCommand(resetCommand());

const withFeed = async (work: (feed: Feed) => Promise<void>): Promise<void> => {
  await using storage = openStorage(readSettings(process.env), new Set());
  await work(await storage.feed());
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const toJson = ({ oldestAt, ...lag }: ReaderLag) => ({
  ...lag,
  ...(oldestAt !== undefined && { oldestAt: new Date(oldestAt).toISOString() }),
});

const sumOf = (lags: readonly ReaderLag[]): number => lags.reduce((sum, { lag }) => sum + lag, 0);

const rowsOf = (lags: readonly ReaderLag[]): readonly (readonly string[])[] => [
  ['group', 'partition', 'lag', 'position', 'oldest'],
  ...lags
    .map(toJson)
    .map(({ group, partition, lag, position, oldestAt = '' }) => [group, `${partition}`, `${lag}`, position, oldestAt]),
];

/** Each column as wide as its longest cell. */
const printTable = (rows: readonly (readonly string[])[]): void => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
};

const lagCommand = (): Command =>
  new Command('lag')
    .description('how far each group is behind, by partition')
    .option('--json', 'machine-readable, on one line')
    .action(({ json }: ForMachines) =>
      withFeed(async (feed) => {
        const lags = await feed.lags();
        if (json === true) print(JSON.stringify(lags.map(toJson)));
        else printTable(rowsOf(lags));
      }),
    );

const resetCommand = (): Command =>
  new Command('reset')
    .description('has a group read all events again, or none of those so far; nobody may be reading for it')
    .argument('<group>', 'as `feed lag` names it')
    .addOption(new Option('--to <end>', 'where it goes on').choices(feedEnds).makeOptionMandatory())
    .option('--json', 'machine-readable, on one line')
    .action((group: string, { to, json }: ForMachines & { to: FeedEnd }) =>
      withFeed(async (feed) => {
        const lagsOf = async () => (await feed.lags()).filter((lag) => lag.group === group);
        if ((await lagsOf()).length === 0) throw new NotFound(`no group ${group} has read the feed`);
        await feed.reset(group, to);
        const lags = await lagsOf();
        const left = sumOf(lags);
        if (json === true) print(JSON.stringify({ group, to, partitions: lags.length, lag: left }));
        else print(`${group} is at the ${to} of its ${lags.length} partitions: ${left} events left to read`);
      }),
    );
