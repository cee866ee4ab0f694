import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../src/application/ports/clock.js';
import type { NewEvent } from '../../src/application/ports/event-store.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';

/** The machine's time and real waiting. */
export const realClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

export const tempFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'boxoffice-'));

export interface TempStore extends AsyncDisposable {
  readonly folder: string;
  readonly store: EmbeddedEventStore;
  /** Closes the store and removes its folder. */
  dispose(): Promise<void>;
}

/** An embedded store in a folder of its own. */
export const openTempStore = async (clock: Clock = realClock): Promise<TempStore> => {
  const folder = await tempFolder();
  const store = await EmbeddedEventStore.open({ folder, clock });
  const dispose = async (): Promise<void> => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, store, dispose, [Symbol.asyncDispose]: dispose };
};

export const newEvent = (type = 'PlacesHeld', data = '{}'): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: '{"correlationId":"c","causationId":"c"}',
});

/** Polls until it holds. @throws Error naming what it waited for */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> => {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await wait(5);
  }
};
