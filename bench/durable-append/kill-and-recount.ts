import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beginning, type Position } from '../../src/application/ports/event-store.js';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';

/** How long a writer lives at most after it is ready. */
const longestMs = 250;

const script = fileURLToPath(new URL('./killed-writer.js', import.meta.url));

/** Starts a writer, kills it after a while, and adds what it said to have been acknowledged. */
const killOnce = async (folder: string, afterMs: number, acknowledged: Set<string>): Promise<void> => {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      resolve();
    });
  });
  const closed = once(child, 'close');
  const isReady = await Promise.race([ready.then(() => true), closed.then(() => false)]);
  if (!isReady) throw new Error('a writer ended before it was ready: the store refused its folder');
  await wait(afterMs);
  child.kill('SIGKILL');
  await closed;
  if (child.signalCode !== 'SIGKILL') throw new Error(`a writer ended by itself: ${child.exitCode}`);
  // The last line may be half a line.
  for (const line of said.split('\n').slice(1, -1)) acknowledged.add(line);
};

/** All that the folder holds, as the writers tell it; the order of each stream is looked at too. */
const recount = async (folder: string, found: (line: string) => void) => {
  const store = await EmbeddedEventStore.open({ folder, clock: systemClock });
  const next = new Map<string, bigint>();
  let events = 0;
  let misplaced = 0;
  for (let after: Position = beginning, isHead = false; !isHead; ) {
    const page = await store.readAll(after);
    for (const { stream, revision, id } of page.events) {
      if (revision !== (next.get(stream) ?? 0n)) misplaced += 1;
      next.set(stream, revision + 1n);
      events += 1;
      found(`${stream} ${revision} ${id}`);
    }
    ({ next: after, isHead } = page);
  }
  await store.close();
  return { events, misplaced };
};

export interface KillOptions {
  readonly folder: string;
  readonly kills: number;
  readonly random: () => number;
  say(line: string): void;
}

/** Kills one writer after another on the same folder, then looks for all that was ever acknowledged. */
export const killAndRecount = async ({ folder, kills, random, say }: KillOptions) => {
  const acknowledged = new Set<string>();
  for (let kill = 1; kill <= kills; kill++) {
    await killOnce(folder, random() * longestMs, acknowledged);
    if (kill % 20 === 0) say(`${kill} kills, ${acknowledged.size} events acknowledged`);
  }
  const acknowledgedEvents = acknowledged.size;
  const { events, misplaced } = await recount(folder, (line) => acknowledged.delete(line));
  return { kills, acknowledgedEvents, storedEvents: events, lost: acknowledged.size, misplaced };
};
