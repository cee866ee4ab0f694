import { promisify } from 'node:util';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { CardPayments } from '../../../application/banking/card-payments.js';
import {
  type BankMethod,
  converseOf,
  loadBankContract,
  maxMessageBytes,
  type WireCalls,
  type WireContext,
} from './bank-contract.js';
import { BankService, type BankServiceOptions } from './bank-service.js';
import { ServedConversation } from './served-conversation.js';

export interface BankServerOptions extends BankServiceOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface BankServer {
  /** Where it listens. */
  readonly port: number;
  /** Lets the calls under way end, for `graceMs` at most. */
  close(graceMs?: number): Promise<void>;
}

const methods: readonly BankMethod[] = ['authorise', 'capture', 'void', 'refund', 'inquire'];

const textIn = (metadata: Metadata, name: string): string | undefined => metadata.get(name)[0]?.toString();

const contextIn = (metadata: Metadata): WireContext => ({
  correlationId: textIn(metadata, 'correlation-id'),
  traceparent: textIn(metadata, 'traceparent'),
});

const unary =
  (service: BankService, method: BankMethod) =>
  async (call: ServerUnaryCall<unknown, object>, answer: sendUnaryData<object>): Promise<void> => {
    const { failure, transaction, refund } = await service.answer(method, call.request, contextIn(call.metadata));
    if (failure === undefined) return answer(null, transaction ?? refund);
    const { code = status.INTERNAL, message: details = '' } = failure;
    answer({ code, details, metadata: new Metadata() }, null);
  };

/** Serves the bank's contract over HTTP/2 without TLS: for loopback, or behind what adds it. */
export const serveBank = async (payments: CardPayments, options: BankServerOptions): Promise<BankServer> => {
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': 1_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  const service = new BankService(payments, options);
  const contract = loadBankContract();
  const conversations = new Set<ServedConversation>();
  const converse = (stream: ServerDuplexStream<WireCalls, Buffer>): void => {
    const conversation = new ServedConversation(stream, service, converseOf(contract).responseSerialize);
    conversations.add(conversation);
    stream.once('close', () => conversations.delete(conversation));
  };
  server.addService(
    // Answers come encoded, one by one: several make a message.
    { ...contract, Converse: { ...converseOf(contract), responseSerialize: (bytes: Buffer) => bytes } },
    { ...Object.fromEntries(methods.map((method) => [method, unary(service, method)])), converse },
  );
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
        for (const conversation of conversations) conversation.end();
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
};
