import { Worker } from 'node:worker_threads';
import type { FromWorker, Operation, OperationResult } from './messages.js';

interface Waiting {
  readonly operation: Operation;
  /** Told in the order in which operations were asked for. */
  readonly done: (result: OperationResult) => void;
  readonly failed: (error: Error) => void;
}

/** Operations on their way to the thread with the file: gathered for a turn of the event loop, sent in one message. */
export class ResponseQueue {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #gathered: Waiting[] = [];
  #sent: Waiting[] = [];
  #isClosed = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => this.#take(message));
    worker.on('error', (cause) => this.#abandon(cause instanceof Error ? cause.message : String(cause)));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#abandon('the thread with the responses has ended');
        resolve();
      });
    });
  }

  /** @param onDamage is told why a file was thrown away */
  static async start(file: string, onDamage: (error: Error) => void): Promise<ResponseQueue> {
    const worker = new Worker(new URL('./response-worker.js', import.meta.url), { workerData: file });
    const first = await new Promise<FromWorker>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind === 'ready' && first.damage !== undefined) onDamage(new Error(first.damage));
    return new ResponseQueue(worker);
  }

  ask(operation: Operation, done: Waiting['done'], failed: Waiting['failed']): void {
    if (this.#isClosed) failed(new Error('the idempotency store is closed'));
    else if (this.#gathered.push({ operation, done, failed }) === 1) setImmediate(() => this.#send());
  }

  /** Ends when all that was asked before is done and the thread has stopped. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#send();
      this.#worker.postMessage('close');
    }
    await this.#exited;
  }

  #send(): void {
    if (this.#gathered.length === 0) return;
    const group = this.#gathered;
    this.#gathered = [];
    this.#sent.push(...group);
    this.#worker.postMessage(group.map(({ operation }) => operation));
  }

  #take(message: FromWorker): void {
    if (message.kind === 'ready') return;
    if (message.kind === 'done') {
      const asked = this.#sent.splice(0, message.results.length);
      for (const [index, { done }] of asked.entries()) done(message.results[index]);
    } else {
      const error = new Error(message.reason);
      for (const { failed } of this.#sent.splice(0, message.operations)) failed(error);
    }
  }

  #abandon(reason: string): void {
    this.#isClosed = true;
    const left = [...this.#sent.splice(0), ...this.#gathered.splice(0)];
    for (const { failed } of left) failed(new Error(reason));
  }
}
