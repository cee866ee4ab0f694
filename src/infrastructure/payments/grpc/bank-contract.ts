import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
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

export type BankMethod = 'Authorise' | 'Capture' | 'Void' | 'Refund' | 'Inquire';

/** Names of the metadata that a call carries. */
export const traceparentKey = 'traceparent';
export const correlationKey = 'correlation-id';

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
  readonly Authorise: { transactionId: string; cardToken: string; amount: WireMoney; description: string };
  readonly Capture: { transactionId: string };
  readonly Void: { transactionId: string };
  readonly Refund: { transactionId: string; refundId: string; amount: WireMoney };
  readonly Inquire: { transactionId: string };
}

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

/** Why a refund is refused, on the wire and in our words. */
export const refundReasons = {
  REASON_NOT_FOUND: 'not_found',
  REASON_NOT_CAPTURED: 'not_captured',
  REASON_CURRENCY_MISMATCH: 'currency_mismatch',
  REASON_EXCEEDS_CAPTURED: 'refund_exceeds_captured',
} as const;
