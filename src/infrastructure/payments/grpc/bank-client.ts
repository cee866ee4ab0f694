import { Client, credentials, Metadata, type ServiceDefinition, type ServiceError, status } from '@grpc/grpc-js';
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
  correlationKey,
  loadBankContract,
  traceparentKey,
  type WireRequests,
} from './bank-contract.js';

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
  readonly context?: () => { readonly correlationId?: string; readonly traceparent?: string };
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
 * The bank through gRPC: one long-lived channel, a deadline on each call, and two more tries within it where the bank
 * can't be reached (every call is known by its id, so that is safe). What isn't an answer is `unknown`, also a call
 * that the open breaker or the full bulkhead didn't let through.
 */
export class GrpcBank implements Bank {
  readonly #client: Client;
  readonly #contract: ServiceDefinition;
  readonly #deadlineMs: number;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #bulkhead: BulkheadPolicy;
  readonly #retry: RetryPolicy;

  constructor(private readonly options: BankClientOptions) {
    const { address, deadlineMs = 5_000, breakAfter = 5, breakMs = 2_000, maxInFlight = 500 } = options;
    this.#contract = loadBankContract();
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
    return this.#ask('Authorise', { transactionId, cardToken, amount: wireMoney(amount), description });
  }

  capture({ transactionId }: { readonly transactionId: string }): Promise<BankAnswer> {
    return this.#ask('Capture', { transactionId });
  }

  void({ transactionId }: { readonly transactionId: string }): Promise<BankAnswer> {
    return this.#ask('Void', { transactionId });
  }

  inquire({ transactionId }: { readonly transactionId: string }): Promise<BankAnswer> {
    return this.#ask('Inquire', { transactionId });
  }

  async refund(request: Parameters<Bank['refund']>[0]): Promise<RefundAnswer> {
    const { transactionId, refundId, amount } = request;
    const answer = await this.#call('Refund', { transactionId, refundId, amount: wireMoney(amount) });
    return answer === undefined ? { status: 'unknown' } : readRefundAnswer(answer);
  }

  close(): void {
    this.#client.close();
  }

  async #ask<Method extends Exclude<BankMethod, 'Refund'>>(
    method: Method,
    request: WireRequests[Method],
  ): Promise<BankAnswer> {
    const answer = await this.#call(method, request);
    return answer === undefined ? { status: 'unknown' } : readTransactionAnswer(answer);
  }

  async #call<Method extends BankMethod>(method: Method, request: WireRequests[Method]): Promise<object | undefined> {
    const deadline = Date.now() + this.#deadlineMs;
    const metadata = this.#metadata();
    try {
      return await this.#bulkhead.execute(() =>
        this.#breaker.execute(() => this.#retry.execute(() => this.#send(method, request, metadata, deadline))),
      );
    } catch (reason) {
      this.options.onUnanswered?.(method, reason);
      return undefined;
    }
  }

  #metadata(): Metadata {
    const metadata = new Metadata({ waitForReady: false });
    const { correlationId, traceparent } = this.options.context?.() ?? {};
    if (correlationId !== undefined) metadata.set(correlationKey, correlationId);
    if (traceparent !== undefined) metadata.set(traceparentKey, traceparent);
    return metadata;
  }

  #send<Method extends BankMethod>(
    method: Method,
    request: WireRequests[Method],
    metadata: Metadata,
    deadline: number,
  ): Promise<object> {
    const definition = this.#contract[method];
    if (definition === undefined) throw new Error(`bank.proto declares no ${method}`);
    const { path, requestSerialize, responseDeserialize } = definition;
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const done = (error: ServiceError | null, answer?: object): void => {
      if (error !== null) reject(error);
      else if (answer === undefined) reject(new Error(`${method} was answered with nothing`));
      else resolve(answer);
    };
    this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, done);
    return promise;
  }
}

const wireMoney = ({ amountMinor, currency }: { readonly amountMinor: number; readonly currency: string }) => ({
  amountMinor: String(amountMinor),
  currency,
});
