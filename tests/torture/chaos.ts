import { parseArgs } from 'node:util';
import { chaos } from '../support/chaos.js';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    clients: { type: 'string', default: '4' },
  },
});

/** Of everything that can run twice there are two. */
const processes = { bank: 1, 'command-api': 2, worker: 1, relay: 2, projector: 2, 'query-api': 1 };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const [orders, seed, clients] = [Number(values.orders), Number(values.seed), Number(values.clients)];
print(`seed ${seed}`);
const startedAt = performance.now();
const { findings, deaths, ...counts } = await chaos({ orders, processes, seed, clients, say: print });
print(JSON.stringify({ seed, clients, seconds: Math.round((performance.now() - startedAt) / 1_000), ...counts }));
print(`deaths: ${JSON.stringify(deaths)}`);
print(`${findings.length} findings`);
for (const finding of findings) print(JSON.stringify(finding));
if (findings.length > 0) process.exitCode = 2;
