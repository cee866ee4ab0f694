import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { giveMemoryBackAtRest } from '../../../runtime/memory.js';
import type { FromWorker, Operation, ToWorker } from './messages.js';
import { ResponseFile } from './response-file.js';

const groupOperations = 2_000;

if (parentPort === null) throw new Error('runs in a worker thread only');
const port = parentPort;
const tell = (message: FromWorker): void => port.postMessage(message);

const file = ResponseFile.open(String(workerData));

const perform = (operations: readonly Operation[]): void => {
  if (operations.length === 0) return;
  try {
    tell({ kind: 'done', results: file.perform(operations) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    tell({ kind: 'failed', operations: operations.length, reason });
  }
};

port.on('message', (first: ToWorker) => {
  const operations: Operation[] = [];
  let message: ToWorker | undefined = first;
  while (message !== undefined && message !== 'close') {
    operations.push(...message);
    message = operations.length < groupOperations ? receiveMessageOnPort(port)?.message : undefined;
  }
  perform(operations);
  if (message === 'close') {
    file.close();
    port.close();
  }
});
giveMemoryBackAtRest();
tell({ kind: 'ready', ...(file.damage !== undefined && { damage: file.damage }) });
