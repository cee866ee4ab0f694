import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { root } from '../support/checkout.js';
import { EventStoreProcess } from '../support/event-store-process.js';
import { goLacks } from '../support/go.js';
import { needs } from '../support/needs.js';
import { tempFolder } from '../support/temp-store.js';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../support/client-story.js', import.meta.url));

/** What EventStoreDB answers to the same calls. */
const expected = {
  appended: [true, '1', true],
  again: ['1', true],
  conflict: ['wrong-expected-version', 'sale-1', '7', '1'],
  missing: 'wrong-expected-version',
  tooLarge: 'maximum-append-size-exceeded',
  forwards: ['0 Opened', '1 Held', '2 Closed'],
  backwards: ['2 Closed', '1 Held'],
  from: ['1 Held', '2 Closed'],
  unknown: 'stream-not-found',
  content: [true, { n: 1 }, { by: 'story' }, true, true],
  binary: [false, '00ff0180'],
  all: ['0 Opened', '1 Held', '2 Closed', '0 Drawn'],
  allBackwards: ['0 Drawn', '2 Closed'],
  allFrom: ['1 Held'],
  subscribed: ['order-1', 'Placed', true, true],
  live: ['0 Placed', '1 Paid'],
  metadata: { maxCount: 2 },
  kept: 2,
  truncated: ['1 Paid'],
  wrongDelete: 'wrong-expected-version',
  deleted: 'stream-not-found',
  revived: ['1 Placed anew'],
  tombstoned: ['stream-deleted', 'stream-deleted', 'stream-deleted'],
};

describe('official clients on the event store of our own', () => {
  let server: EventStoreProcess;
  beforeEach(async () => {
    server = await EventStoreProcess.start();
  });
  afterEach(() => server.dispose());

  for (const name of ['@eventstore/db-client', '@kurrent/kurrentdb-client']) {
    it(`${name} works unmodified`, async () => {
      const { stdout } = await run(process.execPath, ['--enable-source-maps', script, name, server.url]);
      const { persistent, ...story } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      expect(story).to.deep.equal(expected);
      expect(persistent).to.include('persistent subscriptions');
    });
  }

  it('the one in Go works unmodified', async function () {
    // The first build compiles gRPC itself.
    this.timeout(300_000);
    needs(this, await goLacks(), 'the client in Go');
    const folder = await tempFolder();
    try {
      const client = join(folder, 'client');
      await run('go', ['build', '-o', client, '.'], { cwd: join(root, 'tests', 'stack', 'go-event-store-client') });
      const { stdout } = await run(client, [`-url=${server.url}`]);
      expect(JSON.parse(stdout)).to.deep.equal({
        appended: 1,
        conflict: 'wrong-expected-version',
        forwards: ['0 Opened { "n": 1}', '1 Held {}'],
        backwards: ['1 Held {}'],
        missing: ['not-found'],
        all: 2,
        subscribed: 'order-1',
        deleted: ['not-found'],
        tombstoned: ['stream-deleted'],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
