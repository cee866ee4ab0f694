import type { Writable } from 'node:stream';
import { maxMessageBytes } from './bank-contract.js';

/**
 * Messages of one turn of the event loop, and those that come while earlier ones are written, go out as one. Protobuf
 * makes that cheap: encoded messages of one type joined end to end are a message of that type with the repeated fields of all.
 */
export class BatchedWrites {
  readonly #waiting = new Set<Buffer>();
  #isBusy = false;

  /** @param onWritten told how many messages have left */
  constructor(
    private readonly stream: Writable,
    private readonly onWritten: (count: number) => void = () => undefined,
  ) {}

  add(message: Buffer): void {
    this.#waiting.add(message);
    if (this.#isBusy) return;
    this.#isBusy = true;
    setImmediate(() => this.#write());
  }

  /** Takes back a message, unless it has left. */
  drop(message: Buffer): void {
    this.#waiting.delete(message);
  }

  #write(): void {
    this.#isBusy = this.#waiting.size > 0;
    if (!this.#isBusy) return;
    const batch = this.#next();
    this.stream.write(batch.length === 1 ? batch[0] : Buffer.concat(batch), () => {
      this.onWritten(batch.length);
      this.#write();
    });
  }

  /** As many as one message may hold. */
  #next(): readonly Buffer[] {
    const batch: Buffer[] = [];
    let bytes = 0;
    for (const message of this.#waiting) {
      bytes += message.length;
      if (batch.length > 0 && bytes > maxMessageBytes) break;
      batch.push(message);
      this.#waiting.delete(message);
    }
    return batch;
  }
}
