import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { ApiClient, UnexpectedReply } from '../../infrastructure/http/client/api-client.js';
import { type Competition, compete } from '../demo/competition.js';
import { exitCodes } from '../exit-codes.js';
import { startPlatform } from '../platform.js';
import { allRoles } from '../roles.js';
import { readSettings, type Settings } from '../settings.js';

/** Of each request: a demo outlasts a server that is busy for a while. */
const tries = 10;

interface Options {
  readonly buyers: number;
  readonly tickets: number;
  readonly url?: string;
  readonly json?: boolean;
}

const countUpTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d{1,7}$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`must be a whole number from 1 to ${most}`);
  };

const httpUrl = (text: string): string => {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('must be an address such as http://127.0.0.1:3000');
};

/** `boxoffice demo`: buyers compete for the tickets of a sale, then figures and what must hold. */
export const demoCommand = (): Command =>
  new Command('demo')
    .description('lets buyers compete for tickets over the public API, then checks what must hold')
    .option('--buyers <count>', 'each wants one ticket', countUpTo(100_000), 200)
    .option('--tickets <count>', 'of the sale', countUpTo(1_000_000), 50)
    .option('--url <url>', 'where a server runs; http://127.0.0.1:$PORT if not given, its own if none answers', httpUrl)
    .option('--json', 'machine-readable, on one line')
    .action(async (options: Options) => {
      const settings = readSettings(process.env);
      const given = new ApiClient(options.url ?? `http://127.0.0.1:${settings.port}`, tries);
      const isThere = await isUp(given);
      if (!isThere && options.url !== undefined) throw new Error(`no server answers at ${given.url}`);
      if (!isThere) process.stderr.write(`no server answers at ${given.url}: the demo runs one of its own\n`);
      const work = (api: ApiClient): Promise<void> => run(api, options, isThere ? 'running' : 'own');
      if (isThere) await work(given);
      else await withOwnServer(settings, work);
    });

/** Whether the API answers there. @throws UnexpectedReply when something else does */
const isUp = async ({ url }: ApiClient): Promise<boolean> => {
  const request = { query: { limit: 1 }, signal: AbortSignal.timeout(3_000) };
  try {
    const { status, headers } = await new ApiClient(url).get('/v1/sales', request);
    if (status === 200 && headers.has('Trace-Id')) return true;
  } catch (cause) {
    if (cause instanceof TypeError) return false;
  }
  throw new UnexpectedReply(`what answers at ${url} is not this API`);
};

/** A platform on free ports in this process, with a folder that goes with it. */
const withOwnServer = async (settings: Settings, work: (api: ApiClient) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-demo-'));
  const own = { folder, host: '127.0.0.1', port: 0, operatorPort: 0, bankPort: 0, bankAddress: undefined };
  try {
    const platform = await startPlatform({ ...settings, ...own, logLevel: 'silent' }, new Set(allRoles));
    try {
      await work(new ApiClient(platform.url, tries));
    } finally {
      await platform.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
};

const run = async (api: ApiClient, options: Options, server: 'running' | 'own'): Promise<void> => {
  const { buyers, tickets, json } = options;
  const bar = new SingleBar({ format: 'buyers {bar} {value}/{total}', stream: process.stderr });
  bar.start(buyers, 0);
  const competition = await compete(api, { buyers, tickets, onBuyer: () => bar.increment() }).finally(() => bar.stop());
  const isFine = competition.invariants.every(({ holds }) => holds);
  if (!isFine) process.exitCode = exitCodes.differs;
  if (json === true) process.stdout.write(`${JSON.stringify({ server, url: api.url, ...competition })}\n`);
  else process.stdout.write(text(competition));
};

const text = ({ saleId, figures, places, invariants }: Competition): string => {
  const { buyers, sold, refused, seconds, buyersPerSecond, order, payment } = figures;
  const codes = Object.entries(refused).map(([code, count]) => `${count} ${code}`);
  const lines = [
    `sale ${saleId}: ${buyers} buyers for ${places.capacity} tickets`,
    `sold ${sold}, refused ${codes.length === 0 ? 'nobody' : codes.join(', ')}`,
    `${seconds} s, ${buyersPerSecond} buyers a second`,
    `order   p50 ${order.p50Ms} ms, p99 ${order.p99Ms} ms`,
    `payment p50 ${payment.p50Ms} ms, p99 ${payment.p99Ms} ms`,
    ...invariants.map(({ rule, holds, found }) => `${holds ? 'holds ' : 'BROKEN'} ${rule} (${found})`),
  ];
  return `${lines.join('\n')}\n`;
};
