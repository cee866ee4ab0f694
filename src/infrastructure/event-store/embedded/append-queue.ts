import { Worker } from 'node:worker_threads';
import {
  type Appended,
  OutcomeUnknown,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../../application/ports/event-store.js';
import {
  type AppendAnswer,
  type AppendRequest,
  type AppendWorkerData,
  eventCountOf,
  type FromWorker,
} from './messages.js';
import { positionOf } from './position.js';
import { EventStoreDamaged, EventStoreTooNew } from './refusals.js';

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

const refusalOf = ({ stream, expected }: AppendRequest, answer: Exclude<AppendAnswer, { kind: 'kept' }>): Error => {
  switch (answer.kind) {
    case 'conflict':
      return new WrongExpectedRevision(stream, expected, answer.actual < 0 ? 'no-stream' : BigInt(answer.actual));
    case 'unavailable':
      return new StoreUnavailable(answer.reason);
    case 'unknown':
      return new OutcomeUnknown(answer.reason);
  }
};

const settle = ({ request, resolve, reject }: Waiting, answer: AppendAnswer): void => {
  if (answer.kind !== 'kept') reject(refusalOf(request, answer));
  else resolve({ revision: BigInt(answer.revision), position: positionOf(answer.position) });
};

/** Past this many a message is full: a group of the writing thread is made of whole messages. */
const messageEvents = 1_000;

/** The appends on their way: gathered for a turn of the event loop, sent together, answered in order. */
export class AppendQueue {
  readonly #worker: Worker;
  readonly #limitEvents: number;
  readonly #exited: Promise<void>;
  #gathered: Waiting[] = [];
  #sent: Waiting[] = [];
  #waitingEvents = 0;
  #isClosed = false;
  #refusal: string | undefined;

  private constructor(worker: Worker, limitEvents: number) {
    this.#worker = worker;
    this.#limitEvents = limitEvents;
    worker.on('message', (message: FromWorker) => this.#take(message));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#abandon('the writing thread has ended');
        resolve();
      });
    });
    worker.on('error', (cause) => this.#abandon(cause instanceof Error ? cause.message : String(cause)));
  }

  /**
   * Starts the writing thread on a file.
   * @throws EventStoreTooNew, EventStoreDamaged
   */
  static async start(workerData: AppendWorkerData, limitEvents: number): Promise<AppendQueue> {
    const { file } = workerData;
    const worker = new Worker(new URL('./append-worker.js', import.meta.url), { workerData });
    const first = await new Promise<FromWorker>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind === 'too-new') throw new EventStoreTooNew(file, first.version, first.known);
    if (first.kind === 'damaged') throw new EventStoreDamaged(file, first.found);
    return new AppendQueue(worker, limitEvents);
  }

  append(request: AppendRequest): Promise<Appended> {
    if (this.#isClosed) return Promise.reject(new StoreUnavailable('the event store is closed'));
    if (this.#refusal !== undefined) return Promise.reject(new StoreUnavailable(this.#refusal));
    const eventCount = eventCountOf(request);
    // One that is larger than the bound by itself goes alone: it would never fit.
    if (this.#waitingEvents > 0 && this.#waitingEvents + eventCount > this.#limitEvents) {
      return Promise.reject(new StoreUnavailable(`${this.#waitingEvents} events wait to be written`));
    }
    this.#waitingEvents += eventCount;
    return new Promise((resolve, reject) => {
      if (this.#gathered.push({ request, resolve, reject }) === 1) setImmediate(() => this.#send());
    });
  }

  /** Takes no more; what is on its way is answered. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Ends when all that was asked before is answered and the thread has stopped. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#send();
      this.#worker.postMessage('close');
    }
    await this.#exited;
  }

  #send(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    let message: AppendRequest[] = [];
    let eventCount = 0;
    for (const waiting of gathered) {
      this.#sent.push(waiting);
      message.push(waiting.request);
      eventCount += eventCountOf(waiting.request);
      if (eventCount < messageEvents) continue;
      this.#worker.postMessage(message);
      message = [];
      eventCount = 0;
    }
    if (message.length > 0) this.#worker.postMessage(message);
  }

  #take(message: FromWorker): void {
    if (message.kind !== 'answers') return;
    const answered = this.#sent.splice(0, message.answers.length);
    for (const [index, waiting] of answered.entries()) {
      this.#waitingEvents -= eventCountOf(waiting.request);
      const answer = message.answers[index];
      if (answer !== undefined) settle(waiting, answer);
    }
  }

  #abandon(reason: string): void {
    this.#isClosed = true;
    for (const { reject } of this.#sent.splice(0)) reject(new OutcomeUnknown(reason));
    for (const { reject } of this.#gathered.splice(0)) reject(new StoreUnavailable(reason));
    this.#waitingEvents = 0;
  }
}
