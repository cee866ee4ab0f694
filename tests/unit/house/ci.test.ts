import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { read, root } from '../../support/checkout.js';

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}

describe('continuous integration', () => {
  it('runs .ci/run on pushes and pull requests', () => {
    const { on, jobs }: Workflow = parse(read('.github/workflows/ci.yml'), { strict: true });
    expect(on).to.have.all.keys('push', 'pull_request');
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    expect(commands).to.deep.equal(['.ci/run']);
  });

  it('may start .ci/run, which runs npm test', async () => {
    await access(join(root, '.ci', 'run'), constants.X_OK);
    expect(read('.ci/run')).to.match(/^exec npm test$/m);
  });
});
