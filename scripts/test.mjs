// Runs the checks and the tests of a checkout that is built, and ends with one line: "N passed, N failed".
// Arguments go to mocha: `npm test -- --grep mailbox`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, root, run } from './local.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);

async function check(name, args) {
  console.log(`\n${name} ${args.join(' ')}`);
  const isFine = (await run(node, [bin(name), ...args])) === 0;
  return { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1 };
}

/** A run that fails without a failed test (it couldn't load a file, say) counts as one failure. */
async function tests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'boxoffice-tests-'));
  const tally = join(folder, 'tally.json');
  const reporter = ['--reporter', join(root, 'scripts', 'tally-reporter.cjs'), '--reporter-option', `tally=${tally}`];
  try {
    const code = await run(node, [bin('mocha'), ...reporter, ...args]);
    const counts = existsSync(tally) ? JSON.parse(readFileSync(tally, 'utf8')) : { passes: 0, failures: 0 };
    return { passed: counts.passes, failed: code !== 0 && counts.failures === 0 ? 1 : counts.failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = [
  await check('biome', ['check', '.']),
  await check('depcruise', ['src', 'tests', 'bench', 'stack']),
  await tests(process.argv.slice(2)),
];
const sum = (count) => results.reduce((total, result) => total + result[count], 0);
if (sum('failed') > 0) process.exitCode = 1;
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
