import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { giveMemoryBackAtRest } from '../../runtime/memory.js';
import { appendsOf } from './appends.js';
import { GroupCommit } from './group-commit.js';
import { type AppendRequest, type AppendWorkerData, eventCountOf, type FromWorker, type ToWorker } from './messages.js';
import { EventStoreDamaged, EventStoreTooNew } from './refusals.js';
import { openForWriting } from './schema.js';

/** More are left for the next group: while one is written, those answered before it make the next. */
const groupEvents = 5_000;

if (parentPort === null) throw new Error('runs in a worker thread only');
const port = parentPort;
const tell = (message: FromWorker): void => port.postMessage(message);

const serve = ({ file, checkedBytes }: AppendWorkerData): void => {
  const db = openForWriting(file, checkedBytes);
  const group = new GroupCommit(db);
  const appends = appendsOf(file);
  const close = (): void => {
    db.close();
    appends.close();
    port.close();
  };
  const commit = (requests: readonly AppendRequest[]): void => {
    if (requests.length === 0) return;
    tell({ kind: 'answers', answers: group.commit(requests) });
    appends.postMessage(undefined);
  };
  port.on('message', (first: ToWorker) => {
    const requests: AppendRequest[] = [];
    let eventCount = 0;
    let message: ToWorker | undefined = first;
    while (message !== undefined && message !== 'close') {
      for (const request of message) {
        requests.push(request);
        eventCount += eventCountOf(request);
      }
      message = eventCount < groupEvents ? receiveMessageOnPort(port)?.message : undefined;
    }
    commit(requests);
    if (message === 'close') close();
  });
  giveMemoryBackAtRest();
  tell({ kind: 'ready' });
};

try {
  serve(workerData);
} catch (cause) {
  if (cause instanceof EventStoreTooNew) tell({ kind: 'too-new', version: cause.version, known: cause.known });
  else if (cause instanceof EventStoreDamaged) tell({ kind: 'damaged', found: cause.found });
  else throw cause;
}
