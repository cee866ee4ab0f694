import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { partitionOf } from '../../src/application/partition.js';
import type { EventStore, RecordedEvent } from '../../src/application/ports/event-store.js';
import type { ViewDocument } from '../../src/application/ports/views.js';
import type { Projection } from '../../src/projections/projection.js';
import { type AttackedSystem, loadSystem } from '../support/attack/attacked-system.js';
import { Chance } from '../support/attack/chance.js';
import { type Entry, readJournal } from '../support/attack/journal.js';
import { handlers } from '../support/attack/readers.js';
import { groupOf, tallies, tallyStreams } from '../support/attack/tallies.js';
import { tempFolder } from '../support/temp-store.js';

export interface AttackTarget {
  /** Exports `openSystem`; loaded by the processes that are killed as well. */
  readonly module: URL;
  /** Makes an empty system ready. */
  prepare(): Promise<{ readonly place: string; dispose(): Promise<void> }>;
}

const killedLives = 3;
const eventsOfALife = 2_000;

interface Life {
  readonly module: string;
  readonly place: string;
  readonly folder: string;
  readonly number: number;
  readonly seed: number;
  /** Acknowledged events after which it is killed; it lives to its end without. */
  readonly killAfter?: number;
}

const live = async ({ module, place, folder, number, seed, killAfter }: Life): Promise<void> => {
  const script = fileURLToPath(new URL('../support/attack/attacker.js', import.meta.url));
  const args = [script, module, place, folder, String(number), String(seed), String(eventsOfALife)];
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  child.stdout.on('data', (text) => {
    const acknowledged = Number(String(text).trim().split(' ').at(-1));
    if (killAfter !== undefined && acknowledged >= killAfter) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  if (killAfter === undefined) expect(code, said).to.equal(0);
  else expect(signal, `it ended by itself: ${said}`).to.equal('SIGKILL');
};

const wholeStream = async (store: EventStore, stream: string): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for (;;) {
    const page = await store.read(stream, { from: BigInt(events.length), limit: 1_000 });
    if (page.length === 0) return events;
    events.push(...page);
  }
};

const wants = (types: readonly string[] | undefined, { type }: RecordedEvent): boolean => types?.includes(type) ?? true;

/** Documents by collection and id, folded from each stream by itself. */
const foldOf = (streams: ReadonlyMap<string, readonly RecordedEvent[]>, types: readonly string[]) => {
  const documents = { streams: new Map<string, ViewDocument>(), groups: new Map<string, ViewDocument>() };
  const add = (into: Map<string, ViewDocument>, id: string, by: number, more: object = {}): void => {
    const before = into.get(id);
    into.set(id, { _id: id, count: Number(before?.count ?? 0) + 1, sum: Number(before?.sum ?? 0) + by, ...more });
  };
  for (const [stream, events] of streams) {
    const revisions: number[] = [];
    for (const event of events.filter((one) => wants(types, one))) {
      const { by } = JSON.parse(event.data);
      revisions.push(Number(event.revision));
      add(documents.streams, stream, by, { revisions });
      add(documents.groups, groupOf(stream), by);
    }
  }
  return documents;
};

const documentsOf = async (
  views: Awaited<ReturnType<AttackedSystem['openViews']>>,
  projection: Projection,
  collection: string,
): Promise<Map<string, ViewDocument>> => {
  const found = await views.find(projection, collection, { limit: tallyStreams.length + 1 });
  return new Map(found.map((document) => [document._id, document]));
};

/** Effects of a reader that remembers how far it has come: what it is given again has none. */
const effectsOf = (entries: readonly Entry[], partitions: number): readonly string[][] => {
  const reached = Array.from({ length: partitions }, () => '');
  const effects: string[][] = reached.map(() => []);
  for (const { position, stream, id } of entries) {
    const partition = partitionOf(stream, partitions);
    if (position <= (reached[partition] ?? '')) continue;
    reached[partition] = position;
    effects[partition]?.push(id);
  }
  return effects;
};

/** Events that a reader was given twice without having been closed between. */
const doubledIn = (entries: readonly Entry[]): readonly string[] => {
  const seen = new Set<string>();
  return entries.filter(({ opening, id }) => seen.size === seen.add(`${opening} ${id}`).size).map(({ id }) => id);
};

const inOrder = (left: RecordedEvent, right: RecordedEvent): number => (left.position < right.position ? -1 : 1);

/**
 * Many writers, readers that stop at any moment: closed, killed, given events again, rebuilt. Afterwards what was
 * acknowledged is there, no reader was skipped an event, and none had its effect twice.
 */
export const checkpointAttack = (name: string, { module, prepare }: AttackTarget): void => {
  describe(`checkpoint attack: ${name}`, () => {
    const seed = Number(process.env.ATTACK_SEED ?? Math.floor(Math.random() * 1_000_000));

    it('skips no reader an event and doubles none', async function () {
      this.timeout(120_000);
      const chance = new Chance(seed);
      const folder = await tempFolder();
      const { place, dispose } = await prepare();
      try {
        const life = { module: module.href, place, folder };
        for (let number = 0; number < killedLives; number++) {
          const killAfter = chance.whole(100, eventsOfALife - 200);
          await live({ ...life, number, seed: seed + number, killAfter });
        }
        await live({ ...life, number: killedLives, seed: seed + killedLives });
        const system = await (await loadSystem(module.href))(place);
        try {
          await check(system, folder, `with ATTACK_SEED=${seed}`);
        } finally {
          await system.close();
        }
      } finally {
        await dispose();
        await rm(folder, { recursive: true });
      }
    });
  });
};

const check = async (system: AttackedSystem, folder: string, how: string): Promise<void> => {
  const streams = new Map<string, readonly RecordedEvent[]>();
  for (const stream of tallyStreams) streams.set(stream, await wholeStream(system.store, stream));
  const all = [...streams.values()].flat().sort(inOrder);
  const acknowledged = readJournal(folder, 'acknowledged');
  expect(acknowledged.length, 'there was an attack').to.be.at.least(eventsOfALife);
  const stored = new Map(all.map((event) => [event.id, event]));
  expect(stored.size, `an event is stored once ${how}`).to.equal(all.length);
  const lost = acknowledged.filter(
    ({ id, stream, revision }) => stored.get(id)?.stream !== stream || stored.get(id)?.revision !== revision,
  );
  expect(lost, `acknowledged and lost ${how}`).to.deep.equal([]);

  const feed = await system.openFeed();
  const { partitions } = feed;
  await feed.close();
  for (const [group, types] of Object.entries(handlers)) {
    const entries = readJournal(folder, group);
    const wanted = all.filter((event) => wants(types, event));
    const taken = new Set(entries.map(({ id }) => id));
    const skipped = wanted.filter(({ id }) => !taken.has(id)).map(({ id }) => id);
    expect(skipped, `${group} was skipped ${how}`).to.deep.equal([]);
    expect(doubledIn(entries), `${group} was given twice ${how}`).to.deep.equal([]);
    const due = Array.from({ length: partitions }, (_, partition) =>
      wanted.filter(({ stream }) => partitionOf(stream, partitions) === partition).map(({ id }) => id),
    );
    expect(effectsOf(entries, partitions), `effects of ${group} ${how}`).to.deep.equal(due);
  }

  const views = await system.openViews();
  for (const projection of tallies) {
    const due = foldOf(streams, Object.keys(projection.handlers));
    for (const collection of ['streams', 'groups'] as const) {
      const what = `${projection.name}/${collection} ${how}`;
      expect(await documentsOf(views, projection, collection), what).to.deep.equal(due[collection]);
    }
  }
  await views.close();
};
