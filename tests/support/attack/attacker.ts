import { partitionOf } from '../../../src/application/partition.js';
import type { Position } from '../../../src/application/ports/event-store.js';
import { loadSystem } from './attacked-system.js';
import { Chance } from './chance.js';
import { Journal } from './journal.js';
import { Readers } from './readers.js';
import { write } from './writers.js';

/**
 * One life of the attacked process: writers with delays by chance, readers beside them that are closed, opened anew and
 * rebuilt at moments by chance. It says `acknowledged <count>` as it goes, and ends well once every reader has all; or it
 * is killed before.
 */
const [module = '', place = '', folder = '', life = '', seed = '', events = ''] = process.argv.slice(2);
const writerCount = 10;

const openSystem = await loadSystem(module);
const system = await openSystem(place);
const chance = new Chance(Number(seed));

let acknowledgedCount = 0;
const last = new Map<string, Position>();
const acknowledged = new Journal(folder, 'acknowledged', life);
let isOver = false;
const writing = Promise.all(
  Array.from({ length: writerCount }, (_, index) =>
    write({
      store: system.writers[index % system.writers.length] ?? system.store,
      chance: new Chance(Number(seed) * 1_000 + index),
      events: Number(events) / writerCount,
      acknowledged,
      onAcknowledged: (stream, upTo, count) => {
        if (upTo > (last.get(stream) ?? '')) last.set(stream, upTo);
        acknowledgedCount += count;
        process.stdout.write(`acknowledged ${acknowledgedCount}\n`);
      },
    }),
  ),
).finally(() => {
  isOver = true;
});

let opening = 0;
const open = (): Promise<Readers> => Readers.open(system, chance, folder, `${life}.${opening++}`);
let readers = await open();
while (!isOver) {
  const next = acknowledgedCount + chance.whole(100, 500);
  while (!isOver && acknowledgedCount < next) await chance.delay(5);
  if (chance.next() < 0.4) await readers.rebuild(chance);
  else {
    await readers.close();
    readers = await open();
  }
}
await writing;
const lastOf = new Map<number, Position>();
for (const [stream, position] of last) {
  const partition = partitionOf(stream, readers.partitions);
  if (position > (lastOf.get(partition) ?? '')) lastOf.set(partition, position);
}
await readers.caughtUp(lastOf);
await readers.close();
acknowledged.close();
await system.close();
