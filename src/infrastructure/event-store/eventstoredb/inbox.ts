import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Position, RecordedEvent } from '../../../application/ports/event-store.js';
import { eventOf } from './event-messages.js';
import { positionOf } from './log-position.js';

const heldEvents = 1_000;
const heldLength = 1024 * 1024;

/** What came since the last look. */
export interface Arrived {
  readonly events: readonly RecordedEvent[];
  /** Past all that the server has looked at. */
  readonly next: Position;
  readonly isLive: boolean;
}

/** Takes the messages of a subscription as they come, a bounded amount ahead of who reads them. */
export class Inbox {
  #events: RecordedEvent[] = [];
  #length = 0;
  #isLive = false;
  #next: Position;
  #taken: Position;
  #ending: { readonly error: unknown } | undefined;
  #arrived = (): void => undefined;
  #emptied = (): void => undefined;

  constructor(after: Position) {
    this.#next = after;
    this.#taken = after;
  }

  /** Ends when there is room for one more message. */
  async room(): Promise<void> {
    while (this.#isFull) {
      await new Promise<void>((resolve) => {
        this.#emptied = resolve;
      });
    }
  }

  /** Takes all messages, until they end. */
  async fill(messages: AsyncIterable<ReadResp>): Promise<void> {
    try {
      for await (const message of messages) {
        this.#add(message);
        if (this.#hasMore) this.#arrived();
      }
      this.#ending = { error: new Error('the server ended the subscription') };
    } catch (error) {
      this.#ending = { error };
    }
    this.#arrived();
  }

  /**
   * Waits for something new, but no longer than that.
   * @throws what the subscription ended with
   */
  async take(waitMs: number): Promise<Arrived | undefined> {
    if (!this.#hasMore && this.#ending === undefined) await this.#arrival(waitMs);
    if (!this.#hasMore) {
      if (this.#ending !== undefined) throw this.#ending.error;
      return undefined;
    }
    await this.#burst();
    const arrived = { events: this.#events, next: this.#next, isLive: this.#isLive };
    this.#events = [];
    this.#length = 0;
    this.#taken = this.#next;
    this.#emptied();
    return arrived;
  }

  get #hasMore(): boolean {
    return this.#next !== this.#taken;
  }

  #arrival(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#arrived = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** What comes in one go makes one page. */
  async #burst(): Promise<void> {
    for (let before = -1; before < this.#events.length && !this.#isFull; ) {
      before = this.#events.length;
      await nextTurn();
    }
  }

  get #isFull(): boolean {
    return this.#events.length >= heldEvents || this.#length >= heldLength;
  }

  #add(message: ReadResp): void {
    if (message.hasCaughtUp()) this.#isLive = true;
    if (message.hasFellBehind()) this.#isLive = false;
    const checkpoint = message.getCheckpoint();
    if (checkpoint !== undefined) {
      this.#moveTo(positionOf({ commit: checkpoint.getCommitPosition(), prepare: checkpoint.getPreparePosition() }));
    }
    const event = eventOf(message);
    if (event === undefined || event.position <= this.#next) return;
    this.#events.push(event);
    this.#length += event.data.length + event.metadata.length;
    this.#moveTo(event.position);
  }

  #moveTo(position: Position): void {
    if (position > this.#next) this.#next = position;
  }
}
