import { parseArgs } from 'node:util';
import { stolenSeconds } from '../../bench/harness/processor-time.js';
import { writeResult } from '../../bench/harness/result-file.js';
import { chaos } from '../support/chaos.js';

const whole = 2_000;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: String(whole) },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    clients: { type: 'string', default: '4' },
  },
});

/** Of everything that can run twice there are two. */
const processes = { bank: 1, 'command-api': 2, worker: 1, relay: 2, projector: 2, 'query-api': 1 };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const [orders, seed, clients] = [Number(values.orders), Number(values.seed), Number(values.clients)];
const run = { isShort: orders < whole, seed, startedAt: new Date(), stolenBefore: stolenSeconds() };
print(`seed ${seed}`);
const { findings, ...counts } = await chaos({ orders, processes, seed, clients, say: print });
print(JSON.stringify(counts));
print(`${findings.length} findings`);
for (const finding of findings) print(JSON.stringify(finding));
const figures = { clients, ...counts, findings: findings.length };
print(`written to ${await writeResult('chaos', run, { correct: findings.length === 0, ratio: {}, figures })}`);
if (findings.length > 0) process.exitCode = 2;
