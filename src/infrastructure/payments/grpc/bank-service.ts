import { status } from '@grpc/grpc-js';
import type { Answered, CardPayments, TransactionAnswer } from '../../../application/banking/card-payments.js';
import { Overloaded } from '../../../application/command-handler.js';
import { OutcomeUnknown, StoreUnavailable } from '../../../application/ports/event-store.js';
import type { Cause } from '../../../application/processes/process-runner.js';
import type { TransactionRefusal } from '../../../domain/banking/transaction-commands.js';
import {
  type BankMethod,
  refundReasons,
  type WireContext,
  type WireResult,
  type WireTransactionAnswer,
} from './bank-contract.js';
import { authoriseCallOf, contextOf, InvalidRequest, refundCallOf, transactionCallOf } from './bank-requests.js';

export interface BankServiceOptions {
  /** Hears of each call: its method, its transaction and its outcome or gRPC status, e.g. `authorised`, `UNAVAILABLE`. */
  readonly onCall?: (method: string, transactionId: string, outcome: string) => void;
  /** Hears of each call that ended in a fault of ours. */
  readonly onFault?: (method: string, error: unknown) => void;
}

class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: TransactionRefusal) {
    super(refusal.code);
  }
}

const failureOf = (error: unknown): { code: status; message: string } => {
  if (error instanceof InvalidRequest) return { code: status.INVALID_ARGUMENT, message: error.message };
  if (error instanceof Refused) {
    if (error.refusal.code === 'other_request') {
      return { code: status.ALREADY_EXISTS, message: 'the id already names another payment or refund' };
    }
    return { code: status.FAILED_PRECONDITION, message: error.refusal.code };
  }
  if (error instanceof StoreUnavailable || error instanceof OutcomeUnknown || error instanceof Overloaded) {
    return { code: status.UNAVAILABLE, message: 'the bank cannot say at the moment' };
  }
  return { code: status.INTERNAL, message: 'the bank failed' };
};

const outcomeOf = (answer: TransactionAnswer): Omit<WireTransactionAnswer, 'transactionId'> => {
  switch (answer.status) {
    case 'authorised':
      return { authorised: { card: answer.card } };
    case 'captured':
      return { captured: { card: answer.card } };
    case 'voided':
      return { voided: {} };
    case 'action_required':
      return { actionRequired: { actionUrl: answer.actionUrl } };
    case 'declined': {
      const { code, networkCode, mayRetry } = answer;
      return { declined: { code, networkCode, mayRetry } };
    }
    case 'not_found':
      return { notFound: {} };
    default:
      return answer satisfies never;
  }
};

const transactionResult = (transactionId: string, answered: Answered): WireResult => {
  if (answered.refusal !== undefined) throw new Refused(answered.refusal);
  return { transaction: { transactionId, ...outcomeOf(answered.answer) } };
};

const refundResult = (refundId: string, answered: Answered): WireResult => {
  if (answered.refusal === undefined) return { refund: { refundId, refunded: {} } };
  const { code } = answered.refusal;
  const reason = Object.entries(refundReasons).find(([, ours]) => ours === code)?.[0];
  if (reason === undefined) throw new Refused(answered.refusal);
  return { refund: { refundId, refused: { reason } } };
};

type Handler = (message: unknown, context: Cause) => Promise<WireResult>;

const handlersOf = (payments: CardPayments): Readonly<Record<BankMethod, Handler>> => {
  const onTransaction =
    (method: 'capture' | 'void' | 'inquire'): Handler =>
    async (message, context) => {
      const call = transactionCallOf(message);
      return transactionResult(call.transactionId, await payments[method](call, context));
    };
  return {
    authorise: async (message, context) => {
      const call = authoriseCallOf(message);
      return transactionResult(call.transactionId, await payments.authorise(call, context));
    },
    capture: onTransaction('capture'),
    void: onTransaction('void'),
    inquire: onTransaction('inquire'),
    refund: async (message, context) => {
      const call = refundCallOf(message);
      return refundResult(call.refundId, await payments.refund(call, context));
    },
  };
};

/** Answers calls as they come off the wire, however they came. */
export class BankService {
  readonly #handlers: Readonly<Record<BankMethod, Handler>>;

  constructor(
    payments: CardPayments,
    private readonly options: BankServiceOptions,
  ) {
    this.#handlers = handlersOf(payments);
  }

  /** Never rejects: what went wrong is the answer too. */
  async answer(method: BankMethod, message: unknown, context: WireContext): Promise<WireResult> {
    const { onCall, onFault } = this.options;
    let transactionId = '';
    try {
      ({ transactionId } = transactionCallOf(message));
      const result = await this.#handlers[method](message, contextOf(context, transactionId));
      onCall?.(method, transactionId, outcomeIn(result));
      return result;
    } catch (error) {
      const failure = failureOf(error);
      const { code } = failure;
      if (code === status.INTERNAL || code === status.UNAVAILABLE) onFault?.(method, error);
      onCall?.(method, transactionId, status[code]);
      return { failure };
    }
  }
}

/** Name of the outcome that an answer holds beside its id. */
const outcomeIn = ({ transaction, refund }: WireResult): string =>
  Object.keys(transaction ?? refund ?? {}).find((field) => !field.endsWith('Id')) ?? 'nothing';
