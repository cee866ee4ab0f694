import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { read } from '../support/checkout.js';
import { greeter } from '../support/example-reader.js';
import { catalogue, ReadSide } from '../support/read-side.js';
import { realClock } from '../support/temp-store.js';
import { until } from '../support/until.js';

const placed = (orderId: string, name: string) => ({
  type: 'OrderPlaced',
  data: {
    orderId,
    saleId: 's',
    saleName: 'Show',
    buyer: { email: 'a@example.com', name },
    personId: 'p',
    lines: [],
    quantity: 1,
    total: { amountMinor: 1, currency: 'EUR' },
    placedAt: 1,
    expiresAt: 2,
  },
});

describe('a new reader of the feed (OPS-25)', () => {
  let folder: string;
  let side: ReadSide;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reader-'));
    side = await ReadSide.open(folder);
  });

  afterEach(async () => {
    await side.close();
    rmSync(folder, { recursive: true });
  });

  it('is one declaration and one handler of under 30 lines, as the docs show it', () => {
    const source = read('tests/support/example-reader.ts');
    expect(source.split('\n').length).to.be.below(30);
    const body = source.slice(source.indexOf('/** Greets'));
    expect(read('docs/readers.md')).to.include(body.trim());
  });

  it('takes what it asked for, from the start, and only that; its failure is tried again', async () => {
    const greeted: string[] = [];
    let failures = 2;
    const parts = { park: side.park, clock: realClock, catalogue };
    await side.append('order-1', placed('1', 'Ana'));
    const reader = greeter(parts, async (_id, name) => {
      if (failures-- > 0) throw new Error('the line was busy');
      greeted.push(name);
    });
    side.feed.subscribe(reader);
    await side.append('order-1', { type: 'OrderCancelled', data: { cancelledAt: 3 } });
    await side.append('order-2', placed('2', 'Bo'));
    await until('two greetings', () => greeted.length === 2);
    expect(greeted).to.deep.equal(['Ana', 'Bo']);
  });
});
