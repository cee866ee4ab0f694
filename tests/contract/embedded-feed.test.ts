import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import type { FeedBatch } from '../../src/application/ports/feed.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { newEvent, openTempStore, realClock, until } from '../support/temp-store.js';
import { feedContract } from './feed.contract.js';

feedContract('embedded', async () => {
  const { store, folder, dispose } = await openTempStore();
  const open = (): EmbeddedFeed =>
    new EmbeddedFeed({ store, folder, clock: realClock, wait: { firstMs: 1, longestMs: 5 } });
  let feed = open();
  return {
    store,
    feed,
    reopen: async () => {
      await feed.close();
      feed = open();
      return feed;
    },
    dispose: async () => {
      await feed.close();
      await dispose();
    },
  };
});

describe('embedded feed', () => {
  it('begins again, and says so, where an older copy of the store was put back behind its positions', async () => {
    const written = await openTempStore();
    const older = await openTempStore();
    const taken: string[] = [];
    const failures: string[] = [];
    const handle = async ({ events }: FeedBatch): Promise<void> => void taken.push(...events.map(({ id }) => id));
    const feedOver = ({ store }: typeof written): EmbeddedFeed =>
      new EmbeddedFeed({
        store,
        folder: written.folder,
        clock: realClock,
        onFailure: (_, cause) => failures.push(String(cause)),
      });
    const shared = newEvent();
    const events = [shared, newEvent(), newEvent()];
    await written.store.append('sale-1', events, 'no-stream');
    await older.store.append('sale-1', [shared], 'no-stream');
    let feed = feedOver(written);
    feed.subscribe({ group: 'r', handle });
    await until('all are taken', async () => (await feed.position('r', 0)) === (await written.store.head()));
    await feed.close();
    feed = feedOver(older);
    feed.subscribe({ group: 'r', handle });
    await until(
      'the position is that of the older copy',
      async () => (await feed.position('r', 0)) === (await older.store.head()),
    );
    await feed.close();
    expect(taken).to.deep.equal([...events, shared].map(({ id }) => id));
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include('past the head');
    await written.dispose();
    await older.dispose();
  });

  it('goes on where positions can not be saved, says so, and saves them once they can', async () => {
    const { store, folder, dispose } = await openTempStore();
    const failures: string[] = [];
    const onFailure = (_: string, cause: unknown): void => void failures.push(String(cause));
    const feed = new EmbeddedFeed({ store, folder, clock: realClock, onFailure });
    const file = new DatabaseSync(join(folder, 'feed.db'), { timeout: 5_000 });
    file.exec("CREATE TRIGGER full BEFORE UPDATE ON reader BEGIN SELECT RAISE(ABORT, 'no room'); END");
    const taken: string[] = [];
    feed.subscribe({ group: 'r', handle: async ({ events }) => void taken.push(...events.map(({ id }) => id)) });
    const events = [newEvent(), newEvent()];
    for (const [index, event] of events.entries()) await store.append(`sale-${index}`, [event], 'no-stream');
    await until('it is told', () => failures.length > 0);
    await until('all are taken', () => taken.length === events.length);
    const saved = () => file.prepare("SELECT position FROM reader WHERE name = 'r'").get()?.position;
    expect([saved(), failures[0]]).to.deep.equal([beginning, 'Error: no room']);
    file.exec('DROP TRIGGER full');
    const head = await store.head();
    await until('the position is saved', () => saved() === head);
    file.close();
    await feed.close();
    await dispose();
    expect(taken).to.deep.equal(events.map(({ id }) => id));
  });
});
