import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { read, root } from '../support/checkout.js';
import { boxoffice } from '../support/cli.js';
import { newFolder, PlatformInTurns, removeFolder } from '../support/platform.js';

const { version }: { readonly version: string } = JSON.parse(read('package.json'));

/** Makes a program take this Node for an older one. */
const oldNode = `
const { process } = globalThis;
globalThis.process = new Proxy(process, {
  get: (target, name) => (name === 'versions' ? { node: '20.1.0' } : target[name]),
  set: (target, name, value) => Reflect.set(target, name, value),
});
`;

describe('the command line', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = await newFolder();
  });
  afterEach(() => removeFolder(folder));

  it('tells its version', async () => {
    expect(await boxoffice(folder, ['--version'])).to.deep.equal({ code: 0, out: `${version}\n`, err: '' });
  });

  it('config shows all settings also where some are wrong, and names all of those', async () => {
    const { code, out, err } = await boxoffice(folder, ['config', '--json'], { PORT: 'x', BOXOFFICE_COLOUR: 'red' });
    expect([code, err]).to.deep.equal([
      1,
      'boxoffice: BOXOFFICE_COLOUR is not a setting\nPORT must be a port from 0 to 65535\n',
    ]);
    expect(out).to.match(/^\[\{.*\}\]\n$/);
  });

  it('demo fails where the address that it was given does not answer', async () => {
    const { code, out, err } = await boxoffice(folder, ['demo', '--url', 'http://127.0.0.1:1']);
    expect({ code, out, err }).to.deep.equal({
      code: 1,
      out: '',
      err: 'boxoffice: no server answers at http://127.0.0.1:1\n',
    });
  });

  it('events export overwrites a file only where it was told to', async () => {
    const platform = await PlatformInTurns.open();
    try {
      const shop = await platform.start(['command-api', 'bank', 'projector', 'query-api', 'worker']);
      await shop.openSale({ capacity: 1 });
      const file = join(folder, 'events.ndjson');
      writeFileSync(file, 'kept');
      const args = ['events', 'export', '--out', file];
      expect(await boxoffice(platform.folder, args)).to.deep.equal({
        code: 1,
        out: '',
        err: `boxoffice: ${file} already exists: --force overwrites it\n`,
      });
      expect(readFileSync(file, 'utf8')).to.equal('kept');
      expect((await boxoffice(platform.folder, [...args, '--force'])).code).to.equal(0);
      expect(readFileSync(file, 'utf8')).to.match(/^\{.*\}\n$/s);
    } finally {
      await platform.remove();
    }
  });

  it('says what it needs where Node is too old', async () => {
    const old = join(folder, 'old.mjs');
    writeFileSync(old, oldNode);
    const { code, err } = await boxoffice(folder, ['--version'], { NODE_OPTIONS: `--import ${old}` });
    expect(code).to.equal(1);
    expect(err).to.match(/^boxoffice: Node 24 is needed, this is 20\.1\.0\./);
    // Nothing is linked before: an older Node would end with a SyntaxError of its own.
    expect(readFileSync(join(root, 'dist/src/main/cli.js'), 'utf8')).to.not.match(/^import /m);
  });
});

describe('the package', function () {
  this.timeout(60_000);

  it('has what its README leads to, and maps that hold their sources', () => {
    const packed: readonly { readonly files: readonly { readonly path: string }[] }[] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
    );
    const files = packed.flatMap((one) => one.files.map(({ path }) => path));
    const links = [...read('README.md').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target ?? '');
    expect(links).to.include('docs/cli.md');
    for (const link of links) {
      expect(
        files.some((path) => path === link || path.startsWith(`${link}/`)),
        link,
      ).to.equal(true);
    }
    const maps = files.filter((path) => path.endsWith('.js.map'));
    expect(maps.length).to.be.greaterThan(100);
    for (const path of maps) {
      const { sources, sourcesContent }: { sources: string[]; sourcesContent?: string[] } = JSON.parse(read(path));
      expect(sourcesContent, path).to.have.length(sources.length);
    }
  });
});
