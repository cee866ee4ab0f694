import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testCards } from '../../src/application/banking/card-token.js';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import { read, root, tableRows } from '../support/checkout.js';
import { DocumentedApi } from '../support/documented-api.js';
import { newFolder, removeFolder, settingsFor } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';

/** Pages whose lines are run, and what is shorter then; all else stands as it is. */
const pages: Readonly<Record<string, readonly [long: RegExp, short: string]>> = {
  // The server is started in the same way, on a port of its own.
  'README.md': [/^npm start.*\n/m, ''],
  'docs/tutorial.md': [/^npm start.*\n/m, ''],
  'docs/api.md': [/^npm start.*\n/m, ''],
  'docs/simulation.md': [/--seeds \d+/g, '--seeds 1'],
};

/** All lines of shell of a page, in order. */
const shellOf = (page: string): string =>
  [...read(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, lines]) => lines).join('');

/** What the page says that its lines print, in order. */
const promisedBy = (shell: string): readonly string[] =>
  [...shell.matchAll(/ #=> (.+)$/gm)].map(([, text = '']) => text.trim());

/** Rows of the tables of one chapter. */
const rowsOf = (page: string, chapter: string): readonly (readonly string[])[] => {
  const [, rest] = read(page).split(new RegExp(`^#+ ${chapter}\\n`, 'm'));
  if (rest === undefined) throw new Error(`${page} has no chapter ${chapter}`);
  return tableRows(rest.split(/^#+ /m)[0] ?? '');
};

const declineIn = ({ code, declineCode, mayRetry }: Reply<unknown>['problem']): string =>
  `${code}: ${declineCode}${mayRetry === true ? ', may be retried' : ''}`;

const unquoted = (cell = ''): string => cell.replaceAll('`', '');

describe('the documentation', function () {
  this.timeout(120_000);
  let folder: string;
  let server: ServerProcess;

  before(async () => {
    folder = await newFolder();
    server = await ServerProcess.start(folder);
  });

  after(async () => {
    await server.stop();
    await removeFolder(folder);
  });

  for (const [page, [long, short]] of Object.entries(pages)) {
    it(`${page} does what it says, line by line`, () => {
      const shell = shellOf(page);
      const promised = promisedBy(shell);
      expect(promised).not.to.deep.equal([]);
      const script = shell.replace(long, short).replace('http://127.0.0.1:3000', server.ready.url);
      const { port: PORT } = new URL(server.ready.url);
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, ...settingsFor(folder, { PORT }) };
      const options = { cwd: root, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
      const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', script], options);
      expect(ran.status, `${ran.stdout}\n${ran.stderr}`).to.equal(0);
      let at = 0;
      for (const text of promised) {
        const found = ran.stdout.indexOf(text, at);
        expect(found, `${text} is printed after ${at} of\n${ran.stdout}`).to.be.at.least(0);
        at = found + text.length;
      }
    });
  }

  it('lists the codes of all problems that a route may answer, each with its status', async () => {
    const documents = await Promise.all([server.api, server.operator].map((api) => DocumentedApi.read(api)));
    const problems = documents.flatMap((document) => document.problems());
    const rows = rowsOf('docs/api.md', 'Problems').map(([code, status]) => `${status} ${unquoted(code)}`);
    expect(rows).to.have.members([...new Set(problems.map(({ status, code }) => `${status} ${code}`))]);
  });

  it('lists the test cards of the bank, and what a payment with each comes to', async () => {
    const { shop } = server;
    const saleId = await shop.openSale({ capacity: 100, perPersonLimit: 100 });
    const rows = rowsOf('docs/api.md', 'Test cards').map(([number = '', outcome]) => [
      number.replaceAll(/[` ]/g, ''),
      unquoted(outcome).replace(/ \(.*\)$/, ''),
    ]);
    expect(rows.map(([number]) => number)).to.have.members([...testCards.keys()]);
    for (const [number = '', outcome] of rows) {
      const { orderId } = (await shop.order(saleId)).body;
      const reply = await shop.pay(orderId, await shop.testCard(number));
      expect(reply.status === 402 ? declineIn(reply.problem) : reply.body.status, number).to.equal(outcome);
    }
  });
});
