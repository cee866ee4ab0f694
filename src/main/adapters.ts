import type { Bank } from '../application/ports/bank.js';
import { type BankClientOptions, GrpcBank } from '../infrastructure/payments/grpc/bank-client.js';
import { type OpenStorage, openStorage } from './storage.js';

/** The ways out of the process: what stands behind its ports. Tests wrap them. */
export interface Adapters {
  readonly openStorage: OpenStorage;
  connectBank(options: BankClientOptions): Bank & { close(): void };
  /** Program of the thread that runs the projectors. */
  readonly projectorThread: URL;
}

export const adapters: Adapters = {
  openStorage,
  connectBank: (options) => new GrpcBank(options),
  projectorThread: new URL('./projector-thread.js', import.meta.url),
};
