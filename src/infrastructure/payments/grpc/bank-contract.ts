import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const service = 'boxoffice.bank.v1.Bank';

/** `proto/bank.proto` of the package that this file belongs to, built or packed. */
export const bankProtoPath = (): string => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'proto', 'bank.proto');
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) throw new Error('proto/bank.proto is not in this package');
  }
};

/** The service as its .proto declares it: 64-bit numbers are decimal texts, absent fields are left out. */
export const loadBankContract = (): ServiceDefinition => {
  const loaded = loadSync(bankProtoPath(), { longs: String, enums: String, oneofs: true });
  const definition = loaded[service];
  if (definition === undefined || 'format' in definition) throw new Error(`bank.proto declares no ${service}`);
  return definition;
};

/** The method by which calls share a stream. */
export const converseOf = ({ Converse }: ServiceDefinition): MethodDefinition<WireCalls, WireAnswers> => {
  if (Converse === undefined) throw new Error('bank.proto declares no Converse');
  return Converse;
};

/** Of one message, as the bank takes it. */
export const maxMessageBytes = 16 * 1024;

/** In whose name a call is made. */
export interface WireContext {
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

interface WireMoney {
  readonly amountMinor: string;
  readonly currency: string;
}

interface WireCard {
  readonly cardId: string;
  readonly brand: string;
  readonly lastFour: string;
}

export interface WireRequests {
  readonly authorise: { transactionId: string; cardToken: string; amount: WireMoney; description: string };
  readonly capture: { transactionId: string };
  readonly void: { transactionId: string };
  readonly refund: { transactionId: string; refundId: string; amount: WireMoney };
  readonly inquire: { transactionId: string };
}

export type BankMethod = keyof WireRequests;

/** One of several calls on a stream. `request` names the member that is there; all of them are as the caller sent them. */
export type WireCall = WireContext & { readonly [method in BankMethod]?: unknown } & {
  readonly callId?: number;
  readonly request?: BankMethod;
};

/** An answer on the wire: one of the outcomes is there. */
export interface WireTransactionAnswer {
  readonly transactionId?: string;
  readonly authorised?: { readonly card?: Partial<WireCard> };
  readonly captured?: { readonly card?: Partial<WireCard> };
  readonly voided?: object;
  readonly actionRequired?: { readonly actionUrl?: string };
  readonly declined?: { readonly code?: string; readonly networkCode?: string; readonly mayRetry?: boolean };
  readonly notFound?: object;
}

export interface WireRefundAnswer {
  readonly refundId?: string;
  readonly refunded?: object;
  readonly refused?: { readonly reason?: string };
}

export interface WireCalls {
  readonly calls?: readonly WireCall[];
}

/** What comes of a call: one of them is there. */
export interface WireResult {
  readonly transaction?: WireTransactionAnswer;
  readonly refund?: WireRefundAnswer;
  readonly failure?: { readonly code?: number; readonly message?: string };
}

export type WireAnswer = WireResult & { readonly callId?: number };

export interface WireAnswers {
  readonly answers?: readonly WireAnswer[];
}

/** Why a refund is refused, on the wire and in our words. */
export const refundReasons = {
  REASON_NOT_FOUND: 'not_found',
  REASON_NOT_CAPTURED: 'not_captured',
  REASON_CURRENCY_MISMATCH: 'currency_mismatch',
  REASON_EXCEEDS_CAPTURED: 'refund_exceeds_captured',
} as const;
