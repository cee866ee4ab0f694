import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { root } from '../../support/checkout.js';

/** Each breaks one rule, and the rule that has to find it. */
const wrongs: readonly { rule: string; file: string; source: string }[] = [
  { rule: 'domain-stands-alone', file: 'src/domain/a.ts', source: "import 'node:crypto';" },
  {
    rule: 'domain-stands-alone',
    file: 'src/domain/b.ts',
    source: "import type { Out } from '../application/out.js'; export type B = Out;",
  },
  {
    rule: 'projections-know-the-domain-only',
    file: 'src/projections/a.ts',
    source: "import type { Out } from '../application/out.js'; export type A = Out;",
  },
  { rule: 'readers-decide-nothing', file: 'src/projections/b.ts', source: "import '../domain/ticketing/sale.js';" },
  {
    rule: 'readers-decide-nothing',
    file: 'src/application/ticketing/sale-queries.ts',
    source: "import '../../domain/ticketing/sale.js';",
  },
  {
    rule: 'invariants-are-counted-apart',
    file: 'src/application/invariants/a.ts',
    source: "import '../ticketing/orders.js';",
  },
  {
    rule: 'invariants-are-counted-apart',
    file: 'src/application/invariants/b.ts',
    source: "import type { View } from '../../projections/sales.js'; export type B = View;",
  },
  {
    rule: 'invariants-know-no-decider',
    file: 'src/application/invariants/c.ts',
    source: "import type { Sale } from '../../domain/ticketing/sale.js'; export type C = Sale;",
  },
  {
    rule: 'invariants-run-nothing-of-the-domain',
    file: 'src/application/invariants/d.ts',
    source: "import '../../domain/ticketing/sale-events.js';",
  },
  { rule: 'application-points-inward', file: 'src/application/a.ts', source: "import '../infrastructure/out.js';" },
  { rule: 'infrastructure-points-inward', file: 'src/infrastructure/a.ts', source: "import '../main/out.js';" },
  { rule: 'inversify-in-one-place', file: 'src/infrastructure/b.ts', source: "import 'inversify';" },
  { rule: 'kafkajs-in-one-place', file: 'src/infrastructure/c.ts', source: "import 'kafkajs';" },
  { rule: 'mongodb-in-one-place', file: 'src/infrastructure/d.tsx', source: "import 'mongodb';" },
  { rule: 'eventstore-in-one-place', file: 'src/infrastructure/e.ts', source: "import '@eventstore/db-client';" },
  { rule: 'no-cycles', file: 'src/application/c.ts', source: "import './c2.js';" },
  { rule: 'src-stands-without-tests', file: 'src/main/a.ts', source: "import '../../tests/out.js';" },
];

const right: Readonly<Record<string, string>> = {
  'src/application/out.ts': "import type { Sale } from '../domain/ticketing/sale.js'; export type Out = Sale;",
  'src/application/c2.ts': "import './c.js';",
  'src/application/ports/clock.ts': 'export type Clock = 1;',
  'src/application/ticketing/orders.ts': "import '../../domain/ticketing/sale.js';",
  'src/application/invariants/model.ts': [
    "import type { Opened } from '../../domain/ticketing/sale-events.js';",
    "import type { Clock } from '../ports/clock.js'; export type Model = Opened | Clock;",
  ].join('\n'),
  'src/infrastructure/out.ts': "import '../application/out.js';",
  'src/main/out.ts': "import '../infrastructure/out.js';",
  'src/domain/ticketing/sale.ts': "import './sale-events.js'; export type Sale = 1;",
  'src/domain/ticketing/sale-events.ts': 'export type Opened = 1;',
  'src/projections/sales.ts': [
    "import '../domain/ticketing/sale-events.js';",
    "import type { Sale } from '../domain/ticketing/sale.js'; export type View = Sale;",
  ].join('\n'),
  'tests/out.ts': 'export {};',
  'tsconfig.json': '{}',
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

function violations(folder: string): Promise<readonly Violation[]> {
  const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src'];
  return new Promise((resolve) => {
    // Its exit code is the number of violations.
    execFile(process.execPath, [program, ...args], { cwd: folder, maxBuffer: 2 ** 24 }, (_code, out) =>
      resolve(JSON.parse(out).summary.violations),
    );
  });
}

describe('arrows between layers', () => {
  let folder: string;
  let found: readonly Violation[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boxoffice-arrows-'));
    const wrong = wrongs.map(({ file, source }) => [file, source] as const);
    for (const [file, source] of [...Object.entries(right), ...wrong]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), source);
    }
    found = await violations(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const { rule, file, source } of wrongs) {
    it(`${rule} finds ${source}`, () => {
      expect(found.filter(({ from }) => from === file).map((violation) => violation.rule.name)).to.include(rule);
    });
  }

  it('leaves what points inward alone', () => {
    const files = Object.keys(right).filter((file) => file !== 'src/application/c2.ts');
    expect(found.filter(({ from }) => files.includes(from))).to.deep.equal([]);
  });

  it('holds in the project', async () => {
    expect(await violations(root)).to.deep.equal([]);
  });
});
