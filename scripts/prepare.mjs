// Makes a checkout ready to run: packages as the lockfile says, then the build. It may be started by the machine's own
// Node, so it uses Node's own modules only, and nothing newer than Node 20.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { node, root, run } from './local.mjs';

const sourceFolders = ['src', 'tests', 'bench'];
const buildRecord = join(root, 'dist', '.tsbuildinfo');

/** Packages by their folder, as a lockfile lists them. */
function packagesIn(lockfile) {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'));
  return Object.entries(packages).filter(([folder]) => folder !== '');
}

/** npm notes in node_modules what it put there; content is compared, as a checkout moves the files' times. */
function packagesAreThere() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(node)) return false;
  const present = new Map(packagesIn(installed));
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const same = ([folder, { version, integrity, optional }]) => {
    const found = present.get(folder);
    // Packages for other systems are optional and aren't installed here.
    return found ? found.version === version && found.integrity === integrity : optional === true;
  };
  const known = new Set(wanted.map(([folder]) => folder));
  return wanted.every(same) && [...present.keys()].every((folder) => known.has(folder));
}

async function install() {
  // On stderr: the output of `npm start` is the log.
  console.error('Installing packages: node_modules is missing or differs from package-lock.json. It may take minutes.');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  return npm ? run(process.execPath, [npm, ...args]) : run('npm', args);
}

function checkNode() {
  const version = existsSync(node) ? execFileSync(node, ['--version'], { encoding: 'utf8' }).trim() : 'missing';
  if (version.startsWith('v24.')) return 0;
  console.error(
    `node_modules/.bin/node is ${version}, v24 is needed. The install script of the package "node" has to run: ` +
      'install without --ignore-scripts.',
  );
  return 1;
}

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  // The peers of the benchmarks have packages of their own, which aren't compiled.
  const isOwn = (name) => !name.includes('node_modules');
  return readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter(isOwn)
    .map((name) => join(folder, name));
}

/** What each source compiles to, relative to dist and without the ending. */
function sources() {
  const isSource = (file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts');
  return new Set(
    sourceFolders
      .flatMap(filesUnder)
      .filter(isSource)
      .map((file) => file.replace(/\.tsx?$/, '')),
  );
}

/** Compiled files whose source is gone would go on running as tests; the compiler doesn't remove them. */
function removeOrphans(wanted) {
  for (const folder of sourceFolders) {
    for (const file of filesUnder(join('dist', folder))) {
      const source = file.slice('dist/'.length).replace(/\.js(\.map)?$/, '');
      if (source !== file.slice('dist/'.length) && !wanted.has(source)) rmSync(join(root, file));
    }
  }
}

async function build() {
  const wanted = sources();
  const isWhole = [...wanted].every((source) => existsSync(join(root, 'dist', `${source}.js`)));
  // The compiler trusts its record and wouldn't write again what someone has deleted.
  if (!isWhole) rmSync(buildRecord, { force: true });
  removeOrphans(wanted);
  console.error(isWhole ? 'Building what has changed.' : 'Building. The first time takes a while.');
  return run(node, [join('node_modules', '@typescript', 'native', 'bin', 'tsc'), '-p', 'tsconfig.json']);
}

process.exitCode = (packagesAreThere() ? 0 : await install()) || checkNode() || (await build());
