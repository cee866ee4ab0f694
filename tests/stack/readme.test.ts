import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { read } from '../support/checkout.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';

/** The lines of shell of one chapter. */
const linesOf = (chapter: string): string => {
  const [, rest = ''] = read('README.md').split(`## ${chapter}\n`);
  const [, lines] = /```sh\n([\s\S]*?)```/.exec(rest) ?? [];
  if (lines === undefined) throw new Error(`README.md has no lines in ${chapter}`);
  return lines;
};

describe('README.md', function () {
  this.timeout(60_000);
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

  it('leads to a first purchase, line by line', () => {
    const api = 'api=http://127.0.0.1:3000\n';
    const lines = linesOf('A first purchase');
    expect(lines).to.include(api);
    const script = lines.replace(api, `api=${server.ready.url}\n`);
    const { stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(stdout).to.include('"status":"open"').and.to.include('"orderStatus":"fulfilled"');
    expect(stdout.match(/"ticketId"/g)).to.have.length(2);
    expect(stdout).to.include('"creditDebit":"D"').and.to.include('"amount":{"amountMinor":10000,"currency":"EUR"}');
  });
});
