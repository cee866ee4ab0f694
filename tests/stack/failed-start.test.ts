import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Running } from '../support/cli.js';
import { newFolder, removeFolder, settingsFor } from '../support/platform.js';

/** Nothing listens there. */
const away = {
  EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
  KAFKA_BROKERS: '127.0.0.1:1',
  MONGODB_URL: 'mongodb://127.0.0.1:1',
  BOXOFFICE_KEY: '07'.repeat(32),
};

describe('a start that fails ends the process', function () {
  this.timeout(120_000);
  let folder: string;
  let holder: Server;
  let port: string;
  let running: Running | undefined;

  beforeEach(async () => {
    folder = await newFolder();
    holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    port = String((holder.address() as AddressInfo).port);
  });

  afterEach(async () => {
    await running?.stop();
    holder.close();
    await removeFolder(folder);
  });

  const start = (settings: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    running = new Running(['serve', ...args], settingsFor(folder, settings));
    return running.end();
  };

  for (const name of ['PORT', 'OPERATOR_PORT', 'BOXOFFICE_BANK_PORT']) {
    it(`where ${name} is taken, and names it`, async () => {
      const { code, err } = await start({ [name]: port });
      expect([code, err]).to.deep.equal([1, err]);
      expect(err).to.match(new RegExp(`^boxoffice: ${name}: .*EADDRINUSE.*127.0.0.1:${port}`, 'm'));
    });
  }

  for (const [one, other] of [
    ['PORT', 'OPERATOR_PORT'],
    ['PORT', 'BOXOFFICE_BANK_PORT'],
    ['OPERATOR_PORT', 'BOXOFFICE_BANK_PORT'],
  ] as const) {
    it(`where ${other} is that of ${one}`, async () => {
      const { code, err } = await start({ [one]: port, [other]: port });
      expect([code, err]).to.deep.equal([1, `boxoffice: ${other} must not be the port of ${one}\n`]);
    });
  }

  for (const place of ['/proc/boxoffice', '/proc/boxoffice/data', '/dev/null/data']) {
    it(`where ${place} can't be made`, async () => {
      const { code, err } = await start({ BOXOFFICE_DATA: place });
      expect(code).to.equal(1);
      expect(err).to.match(/^boxoffice: BOXOFFICE_DATA: .*(ENOENT|ENOTDIR)/);
    });
  }

  it('where a file stands in the place of the folder', async () => {
    const { code, err } = await start({ BOXOFFICE_DATA: join(import.meta.dirname, 'failed-start.test.js') });
    expect(code).to.equal(1);
    expect(err).to.match(/^boxoffice: BOXOFFICE_DATA: .*ENOTDIR/);
  });

  for (const roles of ['command-api,worker,bank', 'query-api', 'projector', 'relay']) {
    it(`where OPERATOR_PORT is taken and every server is away, as ${roles}`, async () => {
      const { code, err } = await start({ ...away, OPERATOR_PORT: port }, '--roles', roles);
      expect(code).to.equal(1);
      expect(err).to.match(/^boxoffice: OPERATOR_PORT: /m);
    });
  }
});
