import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { backoffMs } from '../application/feed/backoff.js';
import type { ReaderBacklog } from '../application/feed/feed-watch.js';
import type { Clock } from '../application/ports/clock.js';
import type { ViewProgress } from '../application/views/view-progress.js';
import type { Role } from './roles.js';
import type { FromProjectorThread, ProjectorThreadData } from './run-projectors.js';
import type { StorageSettings } from './storage.js';

const betweenStarts = { firstMs: 100, longestMs: 10_000 };

export interface ProjectorHostParts {
  readonly settings: StorageSettings;
  readonly roles: ReadonlySet<Role>;
  /** The program that it runs. */
  readonly thread: URL;
  readonly progress: Pick<ViewProgress, 'moved'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told now and then what every reader of the feed has before it. */
  readonly onBacklogs: (backlogs: readonly ReaderBacklog[]) => void;
}

/**
 * Runs the projectors in a thread of their own, so that no command waits for them; one that dies is started again.
 * @throws what keeps them from their first start
 */
export const startProjectors = async (parts: ProjectorHostParts, stack: AsyncDisposableStack): Promise<void> => {
  const { settings, roles, progress, clock, log, onBacklogs } = parts;
  const ending = new AbortController();
  let thread: Worker | undefined;

  const start = async (): Promise<{ readonly ended: Promise<unknown> }> => {
    const workerData: ProjectorThreadData = { settings, roles };
    const started = new Worker(parts.thread, { name: 'projector', workerData });
    const ended = new Promise((resolve, reject) => started.once('exit', resolve).once('error', reject));
    const ready = Promise.withResolvers<void>();
    started.on('message', (message: FromProjectorThread) => {
      if (message.kind === 'ready') ready.resolve();
      else if (message.kind === 'moved') for (const name of message.views) progress.moved({ name });
      else if (message.kind === 'backlogs') onBacklogs(message.backlogs);
      else log.warn({ ...message.about, err: message.err }, message.what);
    });
    thread = started;
    await Promise.race([ready.promise, ended]);
    return { ended };
  };

  const supervise = async (ended: Promise<unknown>): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      await ended.catch((err: unknown) => log.error({ err }, 'the projectors died'));
      if (ending.signal.aborted) return;
      await clock.sleep(backoffMs(betweenStarts, attempt, clock.random()), ending.signal);
      if (ending.signal.aborted) return;
      ended = start().then((next) => next.ended);
    }
  };

  const { ended } = await start();
  const over = supervise(ended);
  stack.defer(async () => {
    ending.abort();
    thread?.postMessage('stop');
    await over;
  });
};
