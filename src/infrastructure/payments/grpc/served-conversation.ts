import type { Readable, Writable } from 'node:stream';
import { status } from '@grpc/grpc-js';
import type { WireAnswer, WireCall, WireCalls, WireResult } from './bank-contract.js';
import type { BankService } from './bank-service.js';
import { BatchedWrites } from './batched-writes.js';

/** Calls without an answer that has left, from which on nothing more is read. */
const maxUnderWay = 1_000;

/** Calls that come on one stream of messages, until it ends. Answers leave on it as bytes. */
export class ServedConversation {
  readonly #answers: BatchedWrites;
  #underWay = 0;
  #isEnding = false;

  constructor(
    private readonly stream: Readable & Writable,
    private readonly service: BankService,
    private readonly encode: (message: { answers: readonly WireAnswer[] }) => Buffer,
  ) {
    this.#answers = new BatchedWrites(stream, (count) => this.#sent(count));
    stream.on('data', ({ calls = [] }: WireCalls) => {
      for (const call of calls) void this.#take(call);
    });
    stream.on('end', () => this.end());
  }

  /** Reads nothing more, and ends once all that was read is answered. */
  end(): void {
    this.#isEnding = true;
    this.stream.pause();
    if (this.#underWay === 0) this.stream.end();
  }

  async #take(call: WireCall): Promise<void> {
    this.#underWay += 1;
    if (this.#underWay >= maxUnderWay) this.stream.pause();
    const result = await this.#result(call);
    this.#answers.add(this.encode({ answers: [{ callId: call.callId ?? 0, ...result }] }));
  }

  async #result(call: WireCall): Promise<WireResult> {
    const { request } = call;
    if (request === undefined) return { failure: { code: status.UNIMPLEMENTED, message: 'unknown kind of call' } };
    return this.service.answer(request, call[request], call);
  }

  #sent(count: number): void {
    this.#underWay -= count;
    if (this.#isEnding) this.end();
    else if (this.#underWay < maxUnderWay && this.stream.isPaused()) this.stream.resume();
  }
}
