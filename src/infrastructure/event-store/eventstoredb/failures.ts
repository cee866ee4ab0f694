import { type ServiceError, status } from '@grpc/grpc-js';
import { StoreUnavailable } from '../../../application/ports/event-store.js';

/** There is nobody to send a call to. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The server didn't say in time what became of an append. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

export const isNotLeader = (error: unknown): boolean =>
  isServiceError(error) && error.metadata?.get('exception')[0] === 'not-leader';

/** What @grpc/grpc-js says of a call that it never sent. */
const unsent = /^(No connection established|Name resolution failed|Failed to start HTTP\/2 stream)/;

export const isUnsent = (error: unknown): boolean =>
  error instanceof Unreachable ||
  (isServiceError(error) && error.code === status.UNAVAILABLE && unsent.test(error.details));

const reasonOf = (error: unknown): string =>
  isServiceError(error) ? error.details || error.message : error instanceof Error ? error.message : String(error);

/** As the port has it; what is wrong about a call stays as it is. */
export const unavailable = (error: unknown): Error =>
  error instanceof StoreUnavailable || error instanceof RangeError
    ? error
    : new StoreUnavailable(reasonOf(error), { cause: error });

export const isStreamDeleted = (error: unknown): boolean =>
  isServiceError(error) && error.metadata?.get('exception')[0] === 'stream-deleted';
