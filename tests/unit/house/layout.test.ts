import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exists, filesUnder, pages, read } from '../../support/checkout.js';

/** Packages that the platform is built with, and whether they are in use yet: change this when one arrives. */
const namedPackages: Readonly<Record<string, 'used' | 'not yet'>> = {
  '@eventstore/db-client': 'used',
  express: 'used',
  mongodb: 'used',
  kafkajs: 'used',
  inversify: 'used',
  'reflect-metadata': 'used',
  'class-validator': 'used',
  mocha: 'used',
  chai: 'used',
};

const folders: Readonly<Record<string, 'there' | 'not yet'>> = {
  'src/domain': 'there',
  'src/application/ports': 'there',
  'src/projections': 'there',
  'src/infrastructure': 'there',
  'src/main': 'there',
  'tests/unit': 'there',
  'tests/contract': 'there',
  proto: 'there',
  deploy: 'there',
  bench: 'there',
  'docs/adr': 'there',
  'docker-compose.yml': 'not yet',
  'package.json': 'there',
  'tsconfig.json': 'there',
  'README.md': 'there',
  'CHANGELOG.md': 'there',
  'CONTRIBUTING.md': 'there',
  'SECURITY.md': 'there',
  'docs/api.md': 'there',
  'docs/glossary.md': 'there',
  'docs/roadmap.md': 'there',
  'docs/tutorial.md': 'there',
  LICENSE: 'there',
  '.ci/run': 'there',
};

const isOwn = (path: string) => !path.includes('node_modules');
const sources = ['src', 'tests', 'bench'].flatMap((folder) => filesUnder(folder, '.ts', '.tsx')).filter(isOwn);

function importedPackages(): ReadonlySet<string> {
  // Statements begin at the left edge; a string in a test that looks like one doesn't count.
  const imports = /^(?:import|export|\})[^'\n]*'((?:@[\w.-]+\/)?[\w.-]+)/gm;
  return new Set(sources.flatMap((file) => [...read(file).matchAll(imports)].map(([, name]) => name ?? '')));
}

function installable(): readonly string[] {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
}

describe('layout', () => {
  const imported = importedPackages();
  for (const [name, state] of Object.entries(namedPackages)) {
    it(`package ${name}: ${state}`, () => {
      expect(imported.has(name)).to.equal(state === 'used');
    });
  }

  for (const [path, state] of Object.entries(folders)) {
    it(`path ${path}: ${state}`, () => {
      expect(exists(path)).to.equal(state === 'there');
    });
  }

  it('has exact versions of all packages', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, name).to.match(/^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/);
    }
  });

  it('needs no cloud', () => {
    const cloud = /^(@aws-sdk|aws-sdk|@aws-|@azure|azure-|@google-cloud|firebase|@cloudflare|@vercel|@alicloud)/;
    expect(installable().filter((name) => cloud.test(name))).to.deep.equal([]);
    expect([...imported].filter((name) => cloud.test(name))).to.deep.equal([]);
  });

  it('lets the install scripts of known packages run and no others', () => {
    const { packages } = JSON.parse(read('package-lock.json'));
    const { allowScripts } = JSON.parse(read('package.json'));
    const scripted = Object.entries<{ hasInstallScript?: boolean; optional?: boolean }>(packages)
      .filter(([, { hasInstallScript, optional }]) => hasInstallScript === true && optional !== true)
      .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
    expect(Object.keys(allowScripts)).to.have.members(scripted);
  });

  it('leaves no loose ends in the text', () => {
    // In two parts, so that this file itself is clean.
    const words = new RegExp(`\\b(${'TO'}DO|${'FIX'}ME)\\b`);
    expect([...sources, ...pages()].filter((file) => words.test(read(file)))).to.deep.equal([]);
  });

  it('takes time and chance from the clock that it is given, so that a run can be repeated', () => {
    const inner = /^src\/(domain|application|projections)\//;
    const own = /\bMath\.random\(|\bDate\.now\(|\bnew Date\(\)|\bset(Timeout|Interval)\(/;
    expect(sources.filter((file) => inner.test(file) && own.test(read(file)))).to.deep.equal([]);
  });

  it('names files by what they hold', () => {
    const loose = /(^|-)(manager|helpers?|utils?|base|impl|data|info)\.tsx?$/;
    const file = (path: string) => path.slice(path.lastIndexOf('/') + 1);
    expect(sources.filter((path) => loose.test(file(path)) || file(path) !== file(path).toLowerCase())).to.deep.equal(
      [],
    );
  });
});
