import type { Container } from 'inversify';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { EventStoreLocked } from '../infrastructure/event-store/embedded/refusals.js';
import { createContainer } from './container.js';
import type { Settings } from './settings.js';
import { tokens as t } from './tokens.js';

type Work<T> = (container: Container) => Promise<T>;

/**
 * Works on the data folder as its only holder, then closes it.
 * @throws EventStoreLocked while a server runs on it; Error when it holds no events
 */
export const withStorage = async <T>(settings: Settings, work: Work<T>): Promise<T> => {
  await new ReadOnlyEventStore(settings.folder).close();
  return run(createContainer(settings, new Set(['worker', 'projector'])), work);
};

/** Works on the data folder beside a server if one holds it: views and the park can be written, events only read. */
export const withStorageBeside = async <T>(settings: Settings, work: Work<T>): Promise<T> => {
  try {
    return await withStorage(settings, work);
  } catch (cause) {
    if (!(cause instanceof EventStoreLocked)) throw cause;
  }
  return run(createContainer(settings, new Set(['projector'])), work);
};

const run = async <T>(container: Container, work: Work<T>): Promise<T> => {
  const store = await container.getAsync(t.eventStore);
  try {
    return await work(container);
  } finally {
    await (await container.getAsync(t.feed)).close();
    await (await container.getAsync(t.views)).close();
    await (await container.getAsync(t.park)).close();
    await (await container.getAsync(t.leases)).close();
    await store.close();
  }
};
