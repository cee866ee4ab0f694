import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { beginning, type EventStore, StoreUnavailable } from '../../src/application/ports/event-store.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import {
  EventStoreDamaged,
  EventStoreLocked,
  EventStoreTooNew,
} from '../../src/infrastructure/event-store/embedded/refusals.js';
import { failureOf } from '../support/failure-of.js';
import { idsOf, many } from '../support/store-case.js';
import { newEvent, realClock, tempFolder, until } from '../support/temp-store.js';
import { eventStoreContract } from './event-store.contract.js';

const reopen = (folder: string): Promise<EmbeddedEventStore> => EmbeddedEventStore.open({ folder, clock: realClock });

const idsIn = async (store: EmbeddedEventStore): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  for (let after = beginning; ; ) {
    const { events, next, isHead } = await store.readAll(after);
    for (const { id } of events) ids.add(id);
    if (isHead) return ids;
    after = next;
  }
};

eventStoreContract({
  name: 'embedded, read beside its one writer',
  secondWriter: EventStoreLocked,
  begin: async () => {
    const folder = await tempFolder();
    return {
      open: () => reopen(folder),
      openBeside: async () => new ReadOnlyEventStore(folder),
      dispose: () => rm(folder, { recursive: true }),
    };
  },
});

/** As a server lets clients have it, which come and go while it runs. */
eventStoreContract({
  name: 'embedded, several clients of one engine',
  secondWriter: 'appends',
  begin: async () => {
    const folder = await tempFolder();
    let engine: EmbeddedEventStore;
    return {
      open: async () => {
        engine = await reopen(folder);
        return engine;
      },
      openBeside: async () => clientOf(engine),
      dispose: () => rm(folder, { recursive: true }),
    };
  },
});

const clientOf = (engine: EmbeddedEventStore): EventStore => ({
  append: (stream, events, expected) => engine.append(stream, events, expected),
  read: (stream, options) => engine.read(stream, options),
  readAll: (after, options) => engine.readAll(after, options),
  subscribe: (after, options) => engine.subscribe(after, options),
  head: () => engine.head(),
  close: async () => undefined,
});

describe('embedded event store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('refuses a folder that is in use, and names its holder', async () => {
    const store = await reopen(folder);
    const error = await failureOf(reopen(folder));
    expect(error)
      .to.be.instanceOf(EventStoreLocked)
      .and.deep.include({ folder, holder: String(process.pid) });
    await store.close();
    await (await reopen(folder)).close();
  });

  it('is at the beginning while empty', async () => {
    const store = await reopen(folder);
    expect(await store.head()).to.equal(beginning);
    expect(await store.readAll(beginning)).to.deep.equal({ events: [], next: beginning, isHead: true });
    await store.close();
  });

  it('keeps the order of one writer that does not wait', async () => {
    const store = await reopen(folder);
    const events = many(50);
    await Promise.all(
      events.map((event, index) => store.append('sale-1', [event], index === 0 ? 'no-stream' : BigInt(index - 1))),
    );
    expect(idsOf(await store.read('sale-1'))).to.deep.equal(idsOf(events));
    await store.close();
  });

  it('writes what waits before it closes, and refuses what comes later', async () => {
    const store = await reopen(folder);
    const waiting = store.append('sale-1', [newEvent()], 'no-stream');
    await store.close();
    expect((await waiting).revision).to.equal(0n);
    expect(await failureOf(store.append('sale-1', [newEvent()], 0n))).to.be.instanceOf(StoreUnavailable);
    expect(await failureOf(store.head())).to.be.instanceOf(StoreUnavailable);
  });

  it('refuses at once past its bound', async () => {
    const store = await EmbeddedEventStore.open({ folder, clock: realClock, waitingEventsLimit: 2 });
    const kept = store.append('sale-1', [newEvent(), newEvent()], 'no-stream');
    expect(await failureOf(store.append('sale-2', [newEvent()], 'no-stream'))).to.be.instanceOf(StoreUnavailable);
    await kept;
    await store.append('sale-2', [newEvent()], 'no-stream');
    await store.append('sale-3', [newEvent(), newEvent(), newEvent()], 'no-stream');
    await store.close();
  });

  it('refuses text that it could not give back', async () => {
    const store = await reopen(folder);
    for (const stream of ['', 'sale-\0', 'sale-\ud800']) {
      expect(await failureOf(store.append(stream, [newEvent()], 'no-stream'))).to.be.instanceOf(RangeError);
    }
    expect(await failureOf(store.append('sale-1', [newEvent('A', '"\ud800"')], 'no-stream'))).to.be.instanceOf(
      RangeError,
    );
    await store.close();
  });

  it('refuses a file of a newer build', async () => {
    await (await reopen(folder)).close();
    const db = new DatabaseSync(join(folder, 'events.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(await failureOf(reopen(folder))).to.be.instanceOf(EventStoreTooNew);
  });

  it('refuses a damaged file, a hole in the order, and what is no database', async () => {
    const store = await reopen(folder);
    for (let index = 0; index < 20; index++) {
      await store.append(
        `sale-${index}`,
        Array.from({ length: 50 }, () => newEvent()),
        'no-stream',
      );
    }
    await store.close();
    const file = join(folder, 'events.db');
    const sound = await readFile(file);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, Math.floor((await stat(file)).size / 8_192) * 4_096);
    await handle.close();
    expect(await failureOf(reopen(folder)))
      .to.be.instanceOf(EventStoreDamaged)
      .and.deep.include({ file });
    await writeFile(file, sound);
    const db = new DatabaseSync(file);
    db.exec('DELETE FROM event WHERE position = 7');
    db.close();
    expect(await failureOf(reopen(folder))).to.be.instanceOf(EventStoreDamaged);
    await writeFile(file, sound);
    const nameless = new DatabaseSync(file);
    nameless.exec(`PRAGMA foreign_keys = OFF; DELETE FROM stream WHERE name = 'sale-3'`);
    nameless.close();
    expect(await failureOf(reopen(folder))).to.be.instanceOf(EventStoreDamaged);
    await writeFile(file, 'no database at all');
    expect(await failureOf(reopen(folder))).to.be.instanceOf(EventStoreDamaged);
    await writeFile(file, sound);
    await (await reopen(folder)).close();
  });

  it('opens a large file at once, and appends nothing more when damage is found behind it', async () => {
    const store = await reopen(folder);
    for (const number of [1, 2, 3]) await store.append(`sale-${number}`, [newEvent(), newEvent()], 'no-stream');
    await store.close();
    const sound = await EmbeddedEventStore.open({ folder, clock: realClock, checkedBytes: 0 });
    expect(await sound.append('sale-4', [newEvent()], 'no-stream')).to.include({ revision: 0n });
    await sound.close();
    const db = new DatabaseSync(join(folder, 'events.db'));
    db.exec('DELETE FROM event WHERE position = 3');
    db.close();
    const found: EventStoreDamaged[] = [];
    const onDamage = (damage: EventStoreDamaged): void => void found.push(damage);
    const damaged = await EmbeddedEventStore.open({ folder, clock: realClock, checkedBytes: 0, onDamage });
    await until('the damage is found', () => found.length > 0);
    expect(found.map(({ message }) => message)).to.deep.equal([
      `${join(folder, 'events.db')} is damaged: 6 events up to position 7`,
    ]);
    const refused = await failureOf(damaged.append('sale-5', [newEvent()], 'no-stream'));
    expect(refused).to.be.instanceOf(StoreUnavailable);
    expect(await damaged.read('sale-1')).to.have.length(2);
    await damaged.close();
  });

  it('loses nothing that it acknowledged when it is killed', async function () {
    this.timeout(60_000);
    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round++) {
      const script = fileURLToPath(new URL('../support/appending-child.js', import.meta.url));
      const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += String(chunk);
      });
      const closed = once(child, 'close');
      await until('the child acknowledges events', () => output.length > 37 * 200 * (round + 1));
      child.kill('SIGKILL');
      await closed;
      acknowledged.push(...output.split('\n').filter((line) => line.length === 36));
      const store = await reopen(folder);
      const kept = await idsIn(store);
      for (const id of acknowledged) expect(kept.has(id), `${id} was acknowledged`).to.equal(true);
      await store.close();
    }
  });
});
