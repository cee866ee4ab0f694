import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { MongoClient } from 'mongodb';
import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { freePort } from '../../stack/free-port.js';
import { Kafka } from '../../stack/kafka.js';
import { MongoWire } from '../../stack/mongodb-wire.js';
import { read, root } from '../support/checkout.js';
import { needs } from '../support/needs.js';
import { compiledOnce } from '../support/server-process.js';
import { describeKafka, serverData } from '../support/servers.js';
import { until } from '../support/until.js';

const operatorPorts = ['3001', '3003', '3005', '3007'];
const ownPorts = ['2113', '7000', '3000', '3002', '3004', '3006', ...operatorPorts];

interface Kept {
  readonly _id: string;
  readonly status?: string;
}

/** The lines of shell of the chapter, in their two blocks, as they stand there. */
const blocks = (): readonly string[] => {
  const [, rest = ''] = read('docs/backbone.md').split('## A purchase against separate processes\n');
  const [chapter = ''] = rest.split('\n## ');
  return [...chapter.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) => lines);
};

describeKafka('docs/backbone.md', function () {
  this.timeout(300_000);
  const started = new AsyncDisposableStack();
  const ports = new Map<string, string>();
  let shell: ChildProcess;
  let mongo: MongoWire;
  let said = '';

  /** Each port of the page is a free one here; processes are told of those that they take by themselves. */
  const here = (lines: string): string =>
    lines.replace(/(?<=[:=])\d{4,5}\b/g, (port) => ports.get(port) ?? port).replace(/\bnpx boxoffice/g, 'boxoffice');

  before(async () => {
    const kafka = started.adopt(await Kafka.start({ folder: serverData() }), (one) => one.kill());
    mongo = started.adopt(await MongoWire.start({ folder: serverData() }), ({ server }) => server.kill());
    for (const port of ownPorts) ports.set(port, String(await freePort()));
    ports.set('9092', kafka.addresses[0]?.split(':')[1] ?? '');
    ports.set('27017', mongo.url.split(':')[2] ?? '');
  });

  after(async () => {
    if (shell?.pid !== undefined && shell.exitCode === null) {
      const closed = once(shell, 'close');
      process.kill(-shell.pid, 'SIGTERM');
      await closed;
    }
    await started.disposeAsync();
  });

  it('leads to a purchase against separate processes, line by line', async function () {
    const hasKcat = spawnSync('kcat', ['-V']).error === undefined;
    needs(this, hasKcat ? undefined : 'kcat (of the Debian package kcat) is missing', 'the page on the backbone');
    const [start = '', purchase = ''] = blocks();
    const boxoffice = `boxoffice() { case "$1" in
      event-store) "${process.execPath}" "${root}/dist/src/main/cli.js" "$@" --folder "${serverData()}" --port ${ports.get('2113')} ;;
      *) PORT=\${PORT:-${ports.get('3000')}} OPERATOR_PORT=\${OPERATOR_PORT:-${ports.get('3001')}} "${process.execPath}" "${root}/dist/src/main/cli.js" "$@" ;;
    esac; }\n`;
    shell = spawn('bash', ['-eu'], { cwd: serverData(), detached: true, env: { ...process.env, ...compiledOnce } });
    for (const stream of [shell.stdout, shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    shell.stdin?.write(`${boxoffice}${here(start)}`);
    const isReady = async (port: string): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${ports.get(port)}/readyz`)).status === 200;
    for (const port of operatorPorts) {
      await until(`${port} is ready`, () => isReady(port), 90_000, 100).catch((cause: unknown) => {
        throw new Error(said, { cause });
      });
    }
    said = '';
    shell.stdin?.write(`(\n${here(purchase)}) | sed 's/^/told: /'\necho; echo over\n`);
    await until('the purchase is over', () => /^over$/m.test(said), 120_000).catch((cause: unknown) => {
      throw new Error(said, { cause });
    });
    const told = said.split('\n').flatMap((line) => (line.startsWith('told: ') ? [line.slice(6)] : []));
    const text = told.join('\n');
    expect(text, said).to.include('"status":"fulfilled"');
    expect(text.match(/"ticketId"/g)).to.have.length(2);
    const [, orderId = ''] = /"orderId":"([^"]+)"/.exec(text) ?? [];
    const store = started.adopt(
      EventStoreDbEventStore.connect(`esdb://127.0.0.1:${ports.get('2113')}?tls=false`),
      (one) => one.close(),
    );
    const types = (await store.read(`order-${orderId}`)).map(({ type }) => type);
    expect(types.length).to.be.greaterThan(3);
    expect(told.slice(-types.length)).to.deep.equal(types);
    const client = started.adopt(await MongoClient.connect(mongo.url), (one) => one.close());
    const db = client.db('boxoffice');
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    const found = await Promise.all(names.map((name) => db.collection<Kept>(name).findOne({ _id: orderId })));
    expect(
      found.some((document) => document?.status === 'fulfilled'),
      'a document of the order',
    ).to.equal(true);
  });
});
