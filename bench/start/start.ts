import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.js';
import { tokensOf } from '../harness/cards.js';
import { Platform } from '../harness/platform.js';
import { runTask } from '../harness/task.js';
import { eventsPerTransaction } from './bank-history.js';
import type { Filled, FillJob } from './fill.js';

const forms = { short: { transactions: 10_000, rounds: 1 }, long: { transactions: 1_000_000, rounds: 3 } };
const purchases = 200;
/** What a start may take to the first answer of a query. */
const targetMs = 5_000;
const testCard = { number: '4242 4242 4242 4242', expiryMonth: 12, expiryYear: 2040, securityCode: '123' };

interface Start {
  readonly platform: Platform;
  /** From the start of the process to the first query that is answered from a view. */
  readonly firstAnswerMs: number;
}

const start = async (folder: string): Promise<Start> => {
  const begun = performance.now();
  const platform = await Platform.start({ BOXOFFICE_DATA: folder });
  for (;;) {
    const { status } = await fetch(`${platform.url}/v1/sales`);
    if (status === 200) return { platform, firstAnswerMs: Math.round(performance.now() - begun) };
    await sleep(10);
  }
};

/** @returns milliseconds to the first answer */
const startAndStop = async (folder: string): Promise<number> => {
  const { platform, firstAnswerMs } = await start(folder);
  await platform.stop();
  return firstAnswerMs;
};

const versionsIn = (folder: string): readonly number[] => {
  const file = new DatabaseSync(join(folder, 'views.db'), { readOnly: true });
  const rows = file.prepare('SELECT version FROM generations WHERE live = 1').all();
  file.close();
  return rows.map(({ version }) => Number(version));
};

/** Makes every live generation one of an older version, so that this build has all of them to make anew. */
const ageViews = (folder: string): void => {
  const file = new DatabaseSync(join(folder, 'views.db'));
  file.exec('UPDATE generations SET version = 0 WHERE live = 1');
  file.close();
};

/** Payments whose bank never answers, in a process that is killed. @returns the sale */
const leavePurchases = async (folder: string): Promise<string> => {
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const at = silent.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const { platform: bank } = await start(folder);
  const cardTokens = await tokensOf(bank.api, [testCard], purchases);
  const saleId = await bank.openSale(purchases);
  await bank.stop();
  const platform = await Platform.start({
    BOXOFFICE_DATA: folder,
    BOXOFFICE_BANK: `127.0.0.1:${port}`,
    BOXOFFICE_BANK_DEADLINE_MS: '1000',
  });
  const buy = async (_: unknown, number: number): Promise<void> => {
    const buyer = { email: `buyer-${number}@example.com`, name: `Buyer ${number}` };
    const { orderId } = (await platform.api.post('/v1/orders', { body: { saleId, quantity: 1, buyer } })).body;
    const cardToken = cardTokens[number] ?? '';
    await platform.api.post('/v1/orders/{orderId}/payments', { params: { orderId }, body: { cardToken } });
  };
  await Promise.all(Array.from({ length: purchases }, buy));
  process.kill(platform.pid, 'SIGKILL');
  await platform.stop();
  silent.close();
  return saleId;
};

/** How long a start takes to the first answer: over many events, over views of an older version, over open purchases. */
export const benchmark: Benchmark = {
  name: 'start',
  run: async ({ isShort, say }) => {
    const { transactions, rounds } = isShort ? forms.short : forms.long;
    const [folder, empty] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'boxoffice-start-')));
    if (folder === undefined || empty === undefined) throw new Error('no folder');
    try {
      const fill = new URL('./fill.js', import.meta.url);
      const { events } = await runTask<FillJob, Filled>(fill, { folder, transactions });
      say(`${events} events`);
      await startAndStop(empty);
      say(`with no view at all, to the first answer from one: ${await startAndStop(folder)} ms`);
      const untilCurrent = async (): Promise<void> => {
        const { platform } = await start(folder);
        while (versionsIn(folder).includes(0)) await sleep(500);
        await platform.stop();
      };
      const firstAnswerMs = { empty: [], manyEvents: [], olderViews: [], openPurchases: [] } as Record<
        string,
        number[]
      >;
      for (let round = 0; round < rounds; round++) {
        firstAnswerMs.empty?.push(await startAndStop(empty));
        firstAnswerMs.manyEvents?.push(await startAndStop(folder));
        ageViews(folder);
        firstAnswerMs.olderViews?.push(await startAndStop(folder));
        await untilCurrent();
        say(`round ${round}: ${JSON.stringify(firstAnswerMs)}`);
      }
      const saleId = await leavePurchases(empty);
      const resumed = await start(empty);
      firstAnswerMs.openPurchases?.push(resumed.firstAnswerMs);
      const begun = performance.now();
      const places = await resumed.platform.places(saleId, ({ sold }) => sold === purchases);
      const allSoldMs = Math.round(performance.now() - begun);
      await resumed.platform.stop();
      say(`${purchases} open purchases: ${resumed.firstAnswerMs} ms, all sold after ${allSoldMs} ms`);
      const longest = Math.max(...Object.values(firstAnswerMs).flat());
      return {
        correct: places.sold === purchases && events === transactions * eventsPerTransaction + transactions / 500,
        ratio: {},
        figures: { events, purchases, targetMs, isWithin: longest < targetMs, firstAnswerMs, allSoldMs },
      };
    } finally {
      for (const one of [folder, empty]) rmSync(one, { recursive: true, force: true });
    }
  },
};
