import { expect } from 'chai';
import type { Position } from '../../src/application/ports/event-store.js';
import type { Snapshot, Snapshots } from '../../src/application/ports/snapshots.js';

/** A place for snapshots that no other test uses. */
export interface SnapshotsUnderTest {
  /** As a release of the code sees them; several may be open at once. */
  open(release: string): Promise<Snapshots>;
  dispose(): Promise<void>;
}

export const snapshot = (revision: bigint, text = 'né'): Snapshot => ({
  revision,
  position: '00000000000000ff' as Position,
  eventId: `event-${revision}`,
  state: JSON.stringify({ text }),
  commands: 'one\nanother\n',
});

/** What every adapter of the snapshots promises. */
export const snapshotsContract = (name: string, begin: () => Promise<SnapshotsUnderTest>): void => {
  describe(`snapshots contract: ${name}`, () => {
    let subject: SnapshotsUnderTest;
    beforeEach(async () => {
      subject = await begin();
    });
    afterEach(() => subject.dispose());

    it('gives the last snapshot of a stream, also after a restart', async () => {
      const first = await subject.open('a');
      expect(await first.find('sale-1')).to.equal(undefined);
      await first.save('sale-1', snapshot(10n));
      await first.save('sale-1', snapshot(20n, 'x'.repeat(200_000)));
      await first.save('sale-2', snapshot(3n));
      await first.close();
      const second = await subject.open('a');
      expect(await second.find('sale-1')).to.deep.equal(snapshot(20n, 'x'.repeat(200_000)));
      expect(await second.find('sale-2')).to.deep.equal(snapshot(3n));
      await second.close();
    });

    it('takes an older one too: after an older copy of the log was put back', async () => {
      const snapshots = await subject.open('a');
      await snapshots.save('sale-1', snapshot(20n));
      await snapshots.save('sale-1', snapshot(10n));
      expect(await snapshots.find('sale-1')).to.deep.equal(snapshot(10n));
      await snapshots.close();
    });

    it('deletes one, and nothing where there is none', async () => {
      const snapshots = await subject.open('a');
      await snapshots.save('sale-1', snapshot(1n));
      await snapshots.save('sale-2', snapshot(2n));
      await snapshots.delete('sale-1');
      await snapshots.delete('sale-3');
      expect(await snapshots.find('sale-1')).to.equal(undefined);
      expect(await snapshots.find('sale-2')).to.deep.equal(snapshot(2n));
      await snapshots.close();
    });

    it('keeps the snapshots of two releases apart, in turns and at once', async () => {
      const older = await subject.open('a');
      await older.save('sale-1', snapshot(10n));
      const newer = await subject.open('b');
      expect(await newer.find('sale-1')).to.equal(undefined);
      await newer.save('sale-1', snapshot(30n));
      await newer.save('sale-2', snapshot(5n));
      expect(await older.find('sale-1')).to.deep.equal(snapshot(10n));
      expect(await older.find('sale-2')).to.equal(undefined);
      await older.save('sale-1', snapshot(40n));
      await older.delete('sale-2');
      await older.close();
      await newer.close();
      const again = [await subject.open('a'), await subject.open('b')] as const;
      expect(await again[0].find('sale-1')).to.deep.equal(snapshot(40n));
      expect(await again[1].find('sale-1')).to.deep.equal(snapshot(30n));
      await again[1].delete('sale-1');
      expect(await again[0].find('sale-1')).to.deep.equal(snapshot(40n));
      expect(await again[1].find('sale-2')).to.deep.equal(snapshot(5n));
      for (const snapshots of again) await snapshots.close();
    });
  });
};
