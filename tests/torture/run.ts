import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crashPoints } from '../support/crash-points.js';
import { dieAt, killAtRandom, type Tortured } from '../support/torture.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    customers: { type: 'string', default: '8' },
    points: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const inFolder = async (work: (folder: string) => Promise<Tortured>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-torture-'));
  const { broken, orders, kills, hit } = await work(folder);
  print(`${kills} deaths, ${hit.length} points, ${orders} orders answered, ${broken.length} findings`);
  for (const finding of broken) print(JSON.stringify(finding));
  if (broken.length > 0) {
    process.exitCode = 2;
    print(`the folder is kept: ${folder}`);
  } else await rm(folder, { recursive: true, force: true });
};

if (values.points) await inFolder((folder) => dieAt(folder, crashPoints, print));
const [kills, seed, customers] = [Number(values.kills), Number(values.seed), Number(values.customers)];
if (kills > 0) {
  print(`seed ${seed}`);
  await inFolder((folder) => killAtRandom(folder, { kills, seed, customers, say: print }));
}
