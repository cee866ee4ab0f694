import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { beginning, type Position } from '../../src/application/ports/event-store.js';
import type { FeedBatch } from '../../src/application/ports/feed.js';
import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { openFeedFile } from '../../src/infrastructure/feed/embedded/feed-file.js';
import { newEvent, openTempStore, realClock, until } from '../support/temp-store.js';
import { feedContract } from './feed.contract.js';

for (const partitions of [1, 8]) {
  feedContract('embedded', partitions, async () => {
    const { store, folder, dispose } = await openTempStore();
    const opened: EmbeddedFeed[] = [];
    const open = (): EmbeddedFeed => {
      const one = new EmbeddedFeed({
        store,
        folder,
        partitions,
        clock: realClock,
        wait: { firstMs: 1, longestMs: 5 },
      });
      opened.push(one);
      return one;
    };
    const feed = open();
    return {
      feed,
      publish: async (stream, event) => void (await store.append(stream, [event], 'no-stream')),
      ends: async () => new Array(partitions).fill(await store.head()),
      beside: async () => open(),
      reopen: async () => {
        await feed.close();
        return open();
      },
      dispose: async () => {
        for (const one of opened) await one.close();
        await dispose();
      },
    };
  });
}

const positionOf = async (feed: EmbeddedFeed): Promise<Position | undefined> => (await feed.lags())[0]?.position;

describe('embedded feed', () => {
  it('goes on from the one position that an earlier build kept of a group', async () => {
    const { store, folder, dispose } = await openTempStore();
    await store.append('sale-1', [newEvent(), newEvent()], 'no-stream');
    const head = await store.head();
    const file = openFeedFile(folder);
    file.prepare('INSERT INTO reader VALUES (?, ?, NULL)').run('r', head);
    file.close();
    const feed = new EmbeddedFeed({ store, folder, partitions: 8, clock: realClock });
    const begins = new Map<number, Position>();
    const assigned = async (partition: number, after: Position): Promise<void> => void begins.set(partition, after);
    feed.subscribe({ group: 'r', assigned, handle: async () => undefined });
    await until('all are assigned', () => begins.size === 8);
    expect(new Set(begins.values())).to.deep.equal(new Set([head]));
    await feed.close();
    await dispose();
  });

  it('refuses another number of partitions than the group was at work with', async () => {
    const { store, folder, dispose } = await openTempStore();
    const reader = { group: 'r', handle: async () => undefined };
    const feed = new EmbeddedFeed({ store, folder, partitions: 2, clock: realClock });
    feed.subscribe(reader);
    await feed.close();
    const other = new EmbeddedFeed({ store, folder, partitions: 3, clock: realClock });
    expect(() => other.subscribe(reader)).to.throw('r was at work with 2 partitions, not 3');
    await other.close();
    await dispose();
  });

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
        partitions: 1,
        clock: realClock,
        onFailure: (_, cause) => failures.push(String(cause)),
      });
    const shared = newEvent();
    const events = [shared, newEvent(), newEvent()];
    await written.store.append('sale-1', events, 'no-stream');
    await older.store.append('sale-1', [shared], 'no-stream');
    let feed = feedOver(written);
    feed.subscribe({ group: 'r', handle });
    await until('all are taken', async () => (await positionOf(feed)) === (await written.store.head()));
    await feed.close();
    feed = feedOver(older);
    feed.subscribe({ group: 'r', handle });
    await until(
      'the position is that of the older copy',
      async () => (await positionOf(feed)) === (await older.store.head()),
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
    const feed = new EmbeddedFeed({ store, folder, partitions: 1, clock: realClock, onFailure });
    const file = new DatabaseSync(join(folder, 'feed.db'), { timeout: 5_000 });
    file.exec("CREATE TRIGGER full BEFORE UPDATE ON reader_position BEGIN SELECT RAISE(ABORT, 'no room'); END");
    const taken: string[] = [];
    feed.subscribe({ group: 'r', handle: async ({ events }) => void taken.push(...events.map(({ id }) => id)) });
    const events = [newEvent(), newEvent()];
    for (const [index, event] of events.entries()) await store.append(`sale-${index}`, [event], 'no-stream');
    await until('it is told', () => failures.length > 0);
    await until('all are taken', () => taken.length === events.length);
    const saved = () => file.prepare("SELECT position FROM reader_position WHERE reader = 'r'").get()?.position;
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
