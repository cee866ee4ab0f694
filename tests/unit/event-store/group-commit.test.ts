import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { GroupCommit } from '../../../src/infrastructure/event-store/embedded/group-commit.js';
import { fieldsOf } from '../../../src/infrastructure/event-store/embedded/messages.js';
import { openForWriting } from '../../../src/infrastructure/event-store/embedded/schema.js';
import { newEvent, tempFolder } from '../../support/temp-store.js';

describe('group commit', () => {
  it('keeps nothing of a group that finds the disk full, and goes on when there is space', async () => {
    const folder = await tempFolder();
    const db = openForWriting(join(folder, 'events.db'));
    const group = new GroupCommit(db);
    const request = (stream: string, characters: number) =>
      ({
        stream,
        expected: 'no-stream',
        recordedAt: 0,
        fields: fieldsOf([newEvent('A', 'x'.repeat(characters))]),
      }) as const;
    db.exec('PRAGMA max_page_count = 20');
    const answers = group.commit([request('a', 10), request('b', 200_000)]);
    expect(answers.map(({ kind }) => kind)).to.deep.equal(['unavailable', 'unavailable']);
    expect(db.prepare('SELECT count(*) AS events FROM event').get()).to.include({ events: 0 });
    db.exec('PRAGMA max_page_count = 1000000');
    const again = group.commit([request('a', 10), request('b', 200_000)]);
    expect(again).to.deep.equal([
      { kind: 'kept', revision: 0, position: 1 },
      { kind: 'kept', revision: 0, position: 2 },
    ]);
    db.close();
    await rm(folder, { recursive: true });
  });
});
