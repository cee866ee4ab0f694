import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { filesUnder, read, root } from '../support/checkout.js';

/** Test files all of whose tests start a server that is written in Java. */
const files = filesUnder('tests', '.test.ts').filter((file) => {
  const text = read(file);
  return /support\/(servers|mongo|kafka-subject|backbone|relays|chaos)\.js'/.test(text) && !text.includes('startHere');
});

/** Runs them where there is neither Java nor Maven. */
const runWithout = (settings: Readonly<Record<string, string>>): Promise<{ code: unknown; said: string }> => {
  const { HOME = '' } = process.env;
  const compiled = files.map((file) => join('dist', file.replace(/ts$/, 'js')));
  const args = [join('node_modules', 'mocha', 'bin', 'mocha.js'), '--no-config', ...compiled];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env: { HOME, PATH: '', ...settings } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    );
  });
};

describe('tests of servers, where there is no Java', () => {
  it('are left out with a notice that names the package', async () => {
    const { code, said } = await runWithout({});
    expect(code, said).to.equal(0);
    expect(said).to.include('### there is no java: install the Debian package openjdk-17-jre-headless: NOT tested: ');
  });

  it('fail under CI', async () => {
    const { code, said } = await runWithout({ CI: 'true' });
    expect(code).to.not.equal(0);
    expect(said).to.include('there is no java: install the Debian package openjdk-17-jre-headless');
  });
});
