import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { derivedId, uuidOf } from '../../../src/application/ids.js';
import { uuidIds } from '../../../src/infrastructure/ids/uuid-ids.js';

describe('derived ids', () => {
  it('stay what they were: streams are named by them', () => {
    expect(derivedId('order', '0190aaaa-0000-7000-8000-000000000001')).to.equal('d3a2bf24-6d9a-8c1f-bd96-cf4e02959ed8');
  });

  it('are UUIDs of version 8 made of the bytes of a hash', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), (parts) => {
        const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
        const id = derivedId(...parts);
        expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(id).to.equal(uuidOf(digest));
        const kept = Buffer.from(id.replaceAll('-', ''), 'hex');
        digest.forEach((byte, index) => {
          const mask = index === 6 ? 0x0f : index === 8 ? 0x3f : 0xff;
          if (index < 16) expect((kept[index] ?? 0) & mask).to.equal(byte & mask);
        });
      }),
    );
  });
});

describe('new ids', () => {
  it('are UUIDs of version 7, all different, each behind the one before', () => {
    const before = Date.now();
    const ids = Array.from({ length: 20_000 }, () => uuidIds.next());
    expect(ids).to.deep.equal(ids.toSorted());
    expect(new Set(ids).size).to.equal(ids.length);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const told = Number.parseInt(`${ids[0]?.slice(0, 8)}${ids[0]?.slice(9, 13)}`, 16);
    expect(told).to.be.within(before, Date.now());
    // The last 42 bits are random: not one sequence from one seed.
    expect(new Set(ids.map((id) => id.slice(-8))).size).to.be.greaterThan(19_900);
  });
});
