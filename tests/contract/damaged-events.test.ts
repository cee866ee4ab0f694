import { copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { beginning, type RecordedEvent } from '../../src/application/ports/event-store.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { EventReader } from '../../src/infrastructure/event-store/embedded/event-reader.js';
import { EventStoreDamaged } from '../../src/infrastructure/event-store/embedded/refusals.js';
import { openForWriting } from '../../src/infrastructure/event-store/embedded/schema.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { newEvent, realClock } from '../support/temp-store.js';
import { diceOf } from '../support/torture.js';

const seed = 20_261;
const payload = JSON.stringify({ orderId: 'o'.repeat(30), quantity: 2 });

const streams = Array.from({ length: 6 }, (_, index) => `sale-${index}`);

type Found = readonly RecordedEvent[] | EventStoreDamaged;

describe('damaged files of the event store', function () {
  this.timeout(120_000);
  let folder: string;
  /** A folder that was closed well, and one as kill -9 leaves it, with its log. */
  let closed: string;
  let killed: string;
  let written: readonly RecordedEvent[];

  const copy = async (from: string, to: string): Promise<void> => {
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from)) {
      if (/^events\.db(-wal)?$/.test(name)) await copyFile(join(from, name), join(to, name));
    }
  };

  before(async () => {
    folder = await newFolder();
    closed = join(folder, 'closed');
    killed = join(folder, 'killed');
    const store = await EmbeddedEventStore.open({ folder: closed, clock: realClock });
    for (let index = 0; index < 60; index++) {
      const stream = streams[index % 6] ?? '';
      const revision = Math.floor(index / 6) * 2 - 1;
      await store.append(
        stream,
        [newEvent('A', payload), newEvent('B', payload)],
        revision < 0 ? 'no-stream' : BigInt(revision),
      );
    }
    written = (await store.readAll(beginning)).events;
    await copy(closed, killed);
    await store.close();
  });

  after(() => removeFolder(folder));

  /** Every event that a copy of the folder gives, by position and by stream, or why it gives none. */
  const foundIn = async (from: string, damage: (copied: string) => Promise<void>): Promise<Found> => {
    const copied = await newFolder();
    try {
      await copy(from, copied);
      await damage(copied);
      const file = join(copied, 'events.db');
      const writer = openForWriting(file);
      const reader = new EventReader(file);
      try {
        const all = reader.readAll(beginning).events;
        for (const stream of streams) {
          const own = all.filter((event) => event.stream === stream);
          if (!isDeepStrictEqual(reader.read(stream), own))
            throw new Error(`${stream} isn't what all events say of it`);
        }
        return all;
      } finally {
        reader.close();
        writer.close();
      }
    } catch (cause) {
      if (cause instanceof EventStoreDamaged) return cause;
      throw cause;
    } finally {
      await removeFolder(copied);
    }
  };

  const flip =
    (name: string, at: number, bit: number) =>
    async (copied: string): Promise<void> => {
      const bytes = await readFile(join(copied, name));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      await writeFile(join(copied, name), bytes);
    };

  it(`a bit flipped anywhere in the file is refused, or changes no event (seed ${seed})`, async () => {
    const dice = diceOf(seed);
    const { size } = await stat(join(closed, 'events.db'));
    let refused = 0;
    for (let round = 0; round < 80; round++) {
      const at = dice(size);
      const found = await foundIn(closed, flip('events.db', at, dice(8)));
      if (found instanceof EventStoreDamaged) refused += 1;
      else expect(isDeepStrictEqual(found, written), `a bit at ${at}`).to.equal(true);
    }
    expect(refused).to.be.greaterThan(20);
  });

  it('a bit flipped inside a payload is named by its position, for each event', async () => {
    const bytes = await readFile(join(closed, 'events.db'));
    const named = new Set<string>();
    for (let at = bytes.indexOf(payload); at >= 0; at = bytes.indexOf(payload, at + 1)) {
      const found = await foundIn(closed, flip('events.db', at + 20, 0));
      // What a page has moved elsewhere stays in its free space.
      if (!(found instanceof EventStoreDamaged)) expect(found).to.deep.equal(written);
      else
        named.add(
          /the event at position (\d+) is not what was written there/.exec(found.message)?.[1] ?? found.message,
        );
    }
    expect(named).to.deep.equal(new Set(written.map((_, index) => String(index + 1))));
  });

  it(`a bit flipped in the log is refused, or leaves all but the last append (seed ${seed})`, async () => {
    const dice = diceOf(seed);
    const { size } = await stat(join(killed, 'events.db-wal'));
    let refused = 0;
    for (let round = 0; round < 80; round++) {
      const at = dice(size);
      const found = await foundIn(killed, flip('events.db-wal', at, dice(8)));
      if (found instanceof EventStoreDamaged) refused += 1;
      else {
        expect(found.length, `a bit at ${at}`).to.be.at.least(written.length - 2);
        expect(found).to.deep.equal(written.slice(0, found.length));
      }
    }
    expect(refused).to.be.greaterThan(30);
  });

  it('a file cut anywhere is refused; a log cut anywhere ends with its last whole append', async () => {
    const dice = diceOf(seed);
    const database = await stat(join(closed, 'events.db'));
    const log = await stat(join(killed, 'events.db-wal'));
    for (let round = 0; round < 30; round++) {
      const end = 1 + dice(database.size - 1);
      const found = await foundIn(closed, (copied) => truncate(join(copied, 'events.db'), end));
      expect(found, `cut at ${end}`).to.be.instanceOf(EventStoreDamaged);
    }
    for (let round = 0; round < 40; round++) {
      const end = dice(log.size);
      const found = await foundIn(killed, (copied) => truncate(join(copied, 'events.db-wal'), end));
      if (found instanceof EventStoreDamaged) throw found;
      expect(found.length % 2, `cut at ${end}`).to.equal(0);
      expect(found).to.deep.equal(written.slice(0, found.length));
    }
  });
});
