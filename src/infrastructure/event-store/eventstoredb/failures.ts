import { status } from '@grpc/grpc-js';
import { StoreUnavailable } from '../../../application/ports/event-store.js';
import { isServiceError, Unreachable } from './connection.js';

/** Statuses by which the server says that it has kept nothing. */
const refusals: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
]);

/** What @grpc/grpc-js says of a call that it never sent. */
const unsent = /^(No connection established|Name resolution failed|Failed to start HTTP\/2 stream)/;

export const isSurelyNotKept = (error: unknown): boolean =>
  isServiceError(error)
    ? refusals.has(error.code) || (error.code === status.UNAVAILABLE && unsent.test(error.details))
    : error instanceof Unreachable;

const reasonOf = (error: unknown): string =>
  isServiceError(error) ? error.details || error.message : error instanceof Error ? error.message : String(error);

/** As the port has it; what is wrong about a call stays as it is. */
export const unavailable = (error: unknown): Error =>
  error instanceof StoreUnavailable || error instanceof RangeError
    ? error
    : new StoreUnavailable(reasonOf(error), { cause: error });

export const isStreamDeleted = (error: unknown): boolean =>
  isServiceError(error) && error.metadata?.get('exception')[0] === 'stream-deleted';

export const isNotLeader = (error: unknown): boolean =>
  isServiceError(error) && error.metadata?.get('exception')[0] === 'not-leader';
