import { Metadata, type ServiceError, status } from '@grpc/grpc-js';

/** A call that ends with a status other than OK: message and trailers are those of EventStoreDB 24.10. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(details);
    this.metadata = new Metadata();
    for (const [name, value] of Object.entries(trailers)) this.metadata.set(name, value);
  }
  readonly metadata: Metadata;
}

/** Trailers are headers of HTTP, which hold ASCII only. */
const headerOf = (name: string): string => name.replace(/[^\x20-\x7e]/g, '?');

export const streamDeleted = (stream: string): Refusal =>
  new Refusal(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': headerOf(stream),
  });

export const wrongExpectedVersion = (stream: string, expected: bigint, actual: bigint): Refusal =>
  new Refusal(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': headerOf(stream),
      'expected-version': String(expected),
      'actual-version': String(actual),
    },
  );

export const maximumAppendSizeExceeded = (bytes: number): Refusal =>
  new Refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytes),
  });

export const requiredMetadataMissing = (property: string): Refusal =>
  new Refusal(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const invalidArgument = (what: string): Refusal => new Refusal(status.INVALID_ARGUMENT, what);

export const serverBusy = (): Refusal => new Refusal(status.UNAVAILABLE, 'Server Is Too Busy');

export const timedOut = (reason: string): Refusal => new Refusal(status.ABORTED, `Operation timed out: ${reason}`);

/** What a call ends with that failed in this way. */
export const statusOf = (error: unknown): Pick<ServiceError, 'code' | 'details'> & { metadata?: Metadata } =>
  error instanceof Refusal
    ? error
    : { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
