import {
  type Client,
  type ClientDuplexStream,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { maxMessageBytes, type WireAnswer, type WireAnswers, type WireCall, type WireCalls } from './bank-contract.js';
import { BatchedWrites } from './batched-writes.js';

/** Why a call has no answer, as a gRPC status. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  constructor(
    readonly code: status,
    readonly details: string,
  ) {
    super(`${code} ${status[code]}: ${details}`);
  }
}

interface Unanswered {
  readonly bytes: Buffer;
  readonly timer: NodeJS.Timeout;
  resolve(answer: WireAnswer): void;
  reject(reason: CallFailed): void;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Calls to the bank on one stream, until it ends. */
export class Conversation {
  readonly #stream: ClientDuplexStream<Buffer, WireAnswers>;
  readonly #calls: BatchedWrites;
  readonly #unanswered = new Map<number, Unanswered>();
  #lastId = 0;
  #isOpen = true;

  constructor(
    client: Client,
    private readonly method: MethodDefinition<WireCalls, WireAnswers>,
  ) {
    const { path, responseDeserialize } = method;
    const metadata = new Metadata({ waitForReady: false });
    this.#stream = client.makeBidiStreamRequest(path, asIs, responseDeserialize, metadata, {});
    this.#calls = new BatchedWrites(this.#stream);
    this.#stream.on('data', ({ answers = [] }: WireAnswers) => {
      for (const answer of answers) this.#take(answer);
    });
    this.#stream.on('error', ({ code, details }: ServiceError) => {
      // A bank that is stopped by force cancels its streams. No single call was cancelled: each may be made again.
      this.#end(code === status.CANCELLED ? status.UNAVAILABLE : code, details);
    });
    this.#stream.on('end', () => this.#end(status.UNAVAILABLE, 'the bank has ended the stream'));
  }

  /** Whether a call may still be made on it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * @param deadline in milliseconds since 1970
   * @throws CallFailed
   */
  ask(call: Omit<WireCall, 'callId'>, deadline: number): Promise<WireAnswer> {
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) throw new CallFailed(status.DEADLINE_EXCEEDED, 'the deadline has passed');
    // Ids are 32 bits wide; by the time they begin again the first ones have long been answered.
    this.#lastId = (this.#lastId + 1) % 2 ** 32;
    const callId = this.#lastId;
    const bytes = this.method.requestSerialize({ calls: [{ callId, ...call }] });
    // The bank would end the stream, and all other calls with it.
    if (bytes.length > maxMessageBytes) throw new CallFailed(status.RESOURCE_EXHAUSTED, 'the call is too large');
    const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
    const timer = setTimeout(() => this.#expire(callId), leftMs);
    this.#unanswered.set(callId, { bytes, timer, resolve, reject });
    this.#calls.add(bytes);
    return promise;
  }

  /** Takes no more calls. Those under way still have until their deadline. */
  close(): void {
    this.#isOpen = false;
    this.#leave();
  }

  #take({ callId = 0, ...answer }: WireAnswer): void {
    const call = this.#settle(callId);
    const { failure } = answer;
    if (failure === undefined) call?.resolve(answer);
    else call?.reject(new CallFailed(failure.code ?? status.UNKNOWN, failure.message ?? ''));
  }

  #expire(callId: number): void {
    const call = this.#settle(callId);
    if (call === undefined) return;
    this.#calls.drop(call.bytes);
    call.reject(new CallFailed(status.DEADLINE_EXCEEDED, 'the bank has not answered in time'));
  }

  #settle(callId: number): Unanswered | undefined {
    const call = this.#unanswered.get(callId);
    this.#unanswered.delete(callId);
    clearTimeout(call?.timer);
    this.#leave();
    return call;
  }

  /** Lets go of a stream that is of no more use, also where the bank hangs and would never end it. */
  #leave(): void {
    if (!this.#isOpen && this.#unanswered.size === 0) this.#stream.cancel();
  }

  #end(code: status, details: string): void {
    this.#isOpen = false;
    for (const callId of this.#unanswered.keys()) this.#settle(callId)?.reject(new CallFailed(code, details));
  }
}
