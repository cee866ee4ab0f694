import { Client, credentials, type MethodDefinition, status } from '@grpc/grpc-js';
import {
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from 'cockatiel';
import type { Bank, BankAnswer, RefundAnswer } from '../../../application/ports/bank.js';
import { readRefundAnswer, readTransactionAnswer } from './bank-answers.js';
import {
  type BankMethod,
  converseOf,
  loadBankContract,
  type WireAnswer,
  type WireAnswers,
  type WireCalls,
  type WireContext,
  type WireRequests,
} from './bank-contract.js';
import { Conversation } from './conversation.js';

export interface BankClientOptions {
  /** `host:port` of the bank. */
  readonly address: string;
  /** For one call with all its tries; 5 s. */
  readonly deadlineMs?: number;
  /** Calls without an answer, one after the other, that open the breaker; 5. */
  readonly breakAfter?: number;
  /** How long the open breaker refuses before it lets one call try; 2 s. */
  readonly breakMs?: number;
  /** Calls under way at once; as many wait for their turn within their deadline, more are `unknown` at once; 500. */
  readonly maxInFlight?: number;
  /** In whose name the call under way is made. */
  readonly context?: () => WireContext;
  /** Hears of each call: the status of its answer, and what it took. */
  readonly onCalled?: (method: BankMethod, answer: string, ms: number) => void;
  /** Hears why a call has no answer. */
  readonly onUnanswered?: (method: BankMethod, reason: unknown) => void;
}

const retries = 2;

/** Statuses by which a bank that is well says no to this one call. */
const refusals: ReadonlySet<number | undefined> = new Set([
  status.INVALID_ARGUMENT,
  status.ALREADY_EXISTS,
  status.FAILED_PRECONDITION,
  status.NOT_FOUND,
  status.UNIMPLEMENTED,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
]);

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/**
 * The bank through gRPC: one long-lived channel with one stream for all calls, a deadline on each call, and two more tries within it where the bank
 * can't be reached (every call is known by its id, so that is safe). What isn't an answer is `unknown`, also a call
 * that the open breaker or the full bulkhead didn't let through.
 */
export class GrpcBank implements Bank {
  readonly #client: Client;
  readonly #converse: MethodDefinition<WireCalls, WireAnswers>;
  readonly #deadlineMs: number;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #bulkhead: BulkheadPolicy;
  readonly #retry: RetryPolicy;
  #conversation: Conversation | undefined;

  constructor(private readonly options: BankClientOptions) {
    const { address, deadlineMs = 5_000, breakAfter = 5, breakMs = 2_000, maxInFlight = 500 } = options;
    this.#converse = converseOf(loadBankContract());
    this.#deadlineMs = deadlineMs;
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.keepalive_permit_without_calls': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
      // Retries have one owner: this class.
      'grpc.enable_retries': 0,
    });
    this.#breaker = circuitBreaker(
      handleWhen((error) => !refusals.has(codeOf(error))),
      { halfOpenAfter: breakMs, breaker: new ConsecutiveBreaker(breakAfter) },
    );
    this.#bulkhead = bulkhead(maxInFlight, maxInFlight);
    this.#retry = retry(
      handleWhen((error) => codeOf(error) === status.UNAVAILABLE),
      { maxAttempts: retries, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }) },
    );
  }

  /** Whether calls go through: `open` refuses them all, `half-open` lets one try. */
  get breaker(): 'closed' | 'open' | 'half-open' {
    const { state } = this.#breaker;
    if (state === CircuitState.Closed) return 'closed';
    return state === CircuitState.HalfOpen ? 'half-open' : 'open';
  }

  /** Whether the next call would have to wait, since as many as may be are under way. */
  get isFull(): boolean {
    return this.#bulkhead.executionSlots === 0;
  }

  authorise(request: Parameters<Bank['authorise']>[0]): Promise<BankAnswer> {
    const { transactionId, cardToken, amount, description } = request;
    return this.#ask('authorise', { transactionId, cardToken, amount: wireMoney(amount), description });
  }

  capture({ transactionId }: { readonly transactionId: string }): Promise<BankAnswer> {
    return this.#ask('capture', { transactionId });
  }

  void({ transactionId }: { readonly transactionId: string }): Promise<BankAnswer> {
    return this.#ask('void', { transactionId });
  }

  inquire({ transactionId }: { readonly transactionId: string }): Promise<BankAnswer> {
    return this.#ask('inquire', { transactionId });
  }

  async refund(request: Parameters<Bank['refund']>[0]): Promise<RefundAnswer> {
    const { transactionId, refundId, amount } = request;
    const begunAt = performance.now();
    const answer = await this.#call('refund', { transactionId, refundId, amount: wireMoney(amount) });
    return this.#told('refund', readRefundAnswer(answer?.refund ?? {}), begunAt);
  }

  /** Calls under way are still answered; a later one is `unknown`. */
  close(): void {
    this.#conversation?.close();
    this.#client.close();
  }

  async #ask<Method extends Exclude<BankMethod, 'refund'>>(
    method: Method,
    request: WireRequests[Method],
  ): Promise<BankAnswer> {
    const begunAt = performance.now();
    const answer = await this.#call(method, request);
    return this.#told(method, readTransactionAnswer(answer?.transaction ?? {}), begunAt);
  }

  #told<Answer extends { readonly status: string }>(method: BankMethod, answer: Answer, begunAt: number): Answer {
    this.options.onCalled?.(method, answer.status, performance.now() - begunAt);
    return answer;
  }

  async #call<Method extends BankMethod>(
    method: Method,
    request: WireRequests[Method],
  ): Promise<WireAnswer | undefined> {
    const deadline = Date.now() + this.#deadlineMs;
    const call = { ...this.options.context?.(), [method]: request };
    try {
      return await this.#bulkhead.execute(() =>
        this.#breaker.execute(() => this.#retry.execute(() => this.#open().ask(call, deadline))),
      );
    } catch (reason) {
      this.options.onUnanswered?.(method, reason);
      return undefined;
    }
  }

  /** The stream that calls go out on. One that has ended is followed by another. */
  #open(): Conversation {
    if (this.#conversation?.isOpen !== true) this.#conversation = new Conversation(this.#client, this.#converse);
    return this.#conversation;
  }
}

const wireMoney = ({ amountMinor, currency }: { readonly amountMinor: number; readonly currency: string }) => ({
  amountMinor: String(amountMinor),
  currency,
});
