import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Bank } from '../../src/application/ports/bank.js';
import { createContainer } from '../../src/main/container.js';
import { allRoles, type Role } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';
import { tokens } from '../../src/main/tokens.js';

const roles: ReadonlySet<Role> = new Set(allRoles);

describe('the container', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'container-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const open = () => createContainer(readSettings({ BOXOFFICE_DATA: folder, BOXOFFICE_LOG_LEVEL: 'silent' }), roles);

  it('makes everything that it names (PAY-47)', async () => {
    const container = open();
    for (const [name, token] of Object.entries(tokens)) {
      expect(await container.getAsync<unknown>(token), name).to.not.equal(undefined);
    }
    (await container.getAsync(tokens.bank)).close();
    await (await container.getAsync(tokens.bankServer)).close();
    await (await container.getAsync(tokens.feed)).close();
    await (await container.getAsync(tokens.views)).close();
    await (await container.getAsync(tokens.idempotency)).close();
    await (await container.getAsync(tokens.eventStore)).close();
  });

  it('takes a fake for a port, with no change elsewhere (PAY-47)', async () => {
    const container = open();
    const silent: Bank & { close(): void } = {
      authorise: async () => ({ status: 'unknown' }),
      capture: async () => ({ status: 'unknown' }),
      void: async () => ({ status: 'unknown' }),
      refund: async () => ({ status: 'unknown' }),
      inquire: async () => ({ status: 'unknown' }),
      close: () => undefined,
    };
    (await container.rebind(tokens.bank)).toConstantValue(silent);
    expect(await container.getAsync(tokens.bank)).to.equal(silent);
    await container.getAsync(tokens.purchases);
    await (await container.getAsync(tokens.eventStore)).close();
  });

  it('names the setting that is wrong or unknown', () => {
    expect(() => readSettings({ PORT: '99999' })).to.throw(/^PORT must be a port/);
    expect(() => readSettings({ BOXOFFICE_BANK_DEADLINE_MS: '0' })).to.throw(/^BOXOFFICE_BANK_DEADLINE_MS must be/);
    expect(() => readSettings({ BOXOFFICE_COLOUR: 'red' })).to.throw(/^BOXOFFICE_COLOUR is not a setting/);
  });
});
