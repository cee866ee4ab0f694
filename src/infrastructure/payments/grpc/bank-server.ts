import { promisify } from 'node:util';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Answered, CardPayments, TransactionAnswer } from '../../../application/banking/card-payments.js';
import { Overloaded } from '../../../application/command-handler.js';
import { OutcomeUnknown, StoreUnavailable } from '../../../application/ports/event-store.js';
import type { Cause } from '../../../application/processes/process-runner.js';
import type { TransactionRefusal } from '../../../domain/banking/transaction.js';
import {
  correlationKey,
  loadBankContract,
  refundReasons,
  traceparentKey,
  type WireRefundAnswer,
  type WireTransactionAnswer,
} from './bank-contract.js';
import { authoriseCallOf, InvalidRequest, refundCallOf, transactionCallOf } from './bank-requests.js';

export interface BankServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Hears of each call: its method, its transaction and its outcome or gRPC status, e.g. `authorised`, `UNAVAILABLE`. */
  readonly onCall?: (method: string, transactionId: string, outcome: string) => void;
  /** Hears of each call that ended in a fault of ours. */
  readonly onFault?: (method: string, error: unknown) => void;
}

export interface BankServer {
  /** Where it listens. */
  readonly port: number;
  /** Lets the calls under way end, for `graceMs` at most. */
  close(graceMs?: number): Promise<void>;
}

class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: TransactionRefusal) {
    super(refusal.code);
  }
}

const maxMessageBytes = 16 * 1024;

const statusOf = (error: unknown): { code: status; details: string } => {
  if (error instanceof InvalidRequest) return { code: status.INVALID_ARGUMENT, details: error.message };
  if (error instanceof Refused) {
    if (error.refusal.code === 'other_request') {
      return { code: status.ALREADY_EXISTS, details: 'the id already names another payment or refund' };
    }
    return { code: status.FAILED_PRECONDITION, details: error.refusal.code };
  }
  if (error instanceof StoreUnavailable || error instanceof OutcomeUnknown || error instanceof Overloaded) {
    return { code: status.UNAVAILABLE, details: 'the bank can not say now' };
  }
  return { code: status.INTERNAL, details: 'the bank failed' };
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

const transactionAnswer = (transactionId: string, answered: Answered): WireTransactionAnswer => {
  if (answered.refusal !== undefined) throw new Refused(answered.refusal);
  return { transactionId, ...outcomeOf(answered.answer) };
};

const refundAnswer = (refundId: string, answered: Answered): WireRefundAnswer => {
  if (answered.refusal === undefined) return { refundId, refunded: {} };
  const { code } = answered.refusal;
  const reason = Object.entries(refundReasons).find(([, ours]) => ours === code)?.[0];
  if (reason === undefined) throw new Refused(answered.refusal);
  return { refundId, refused: { reason } };
};

const contextOf = (metadata: Metadata, transactionId: string): Cause => {
  const [traceparent] = metadata.get(traceparentKey);
  const [correlationId] = metadata.get(correlationKey);
  return {
    correlationId: typeof correlationId === 'string' && correlationId !== '' ? correlationId : transactionId,
    ...(typeof traceparent === 'string' && { traceparent }),
  };
};

type Handler = (message: unknown, metadata: Metadata) => Promise<object>;

const handlersOf = (payments: CardPayments): Readonly<Record<string, Handler>> => {
  const onTransaction =
    (method: 'capture' | 'void' | 'inquire'): Handler =>
    async (message, metadata) => {
      const call = transactionCallOf(message);
      return transactionAnswer(
        call.transactionId,
        await payments[method](call, contextOf(metadata, call.transactionId)),
      );
    };
  return {
    Authorise: async (message, metadata) => {
      const call = authoriseCallOf(message);
      const context = contextOf(metadata, call.transactionId);
      return transactionAnswer(call.transactionId, await payments.authorise(call, context));
    },
    Capture: onTransaction('capture'),
    Void: onTransaction('void'),
    Inquire: onTransaction('inquire'),
    Refund: async (message, metadata) => {
      const call = refundCallOf(message);
      return refundAnswer(call.refundId, await payments.refund(call, contextOf(metadata, call.transactionId)));
    },
  };
};

const unary =
  (method: string, handler: Handler, { onCall, onFault }: BankServerOptions) =>
  (call: ServerUnaryCall<unknown, object>, answer: sendUnaryData<object>): void => {
    const heard = (outcome: string): void => onCall?.(method, transactionOf(call.request), outcome);
    handler(call.request, call.metadata).then(
      (value) => {
        heard(Object.keys(value).find((field) => !field.endsWith('Id')) ?? 'nothing');
        answer(null, value);
      },
      (error: unknown) => {
        const { code, details } = statusOf(error);
        if (code === status.INTERNAL || code === status.UNAVAILABLE) onFault?.(method, error);
        heard(status[code]);
        const refused: Partial<ServiceError> = { code, details, metadata: new Metadata() };
        answer(refused, null);
      },
    );
  };

/** The id that a request names, empty when there is none that can be read. */
const transactionOf = (message: unknown): string => {
  try {
    return transactionCallOf(message).transactionId;
  } catch {
    return '';
  }
};

/** Serves the bank's contract over HTTP/2 without TLS: for loopback, or behind what adds it. */
export const serveBank = async (payments: CardPayments, options: BankServerOptions): Promise<BankServer> => {
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': 1_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  const handlers = Object.entries(handlersOf(payments)).map(([name, handler]) => [name, unary(name, handler, options)]);
  server.addService(loadBankContract(), Object.fromEntries(handlers));
  const bind = promisify(server.bindAsync.bind(server));
  const bound = await bind(`${options.host}:${options.port}`, ServerCredentials.createInsecure());
  return {
    port: bound,
    close: (graceMs = 5_000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, graceMs);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
};
