import { MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';

export const duplicateKey = 11_000;

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === duplicateKey;

/** What the server says of a document or command that it will never take: nothing is gained by waiting. */
const refusals: readonly unknown[] = [
  2, // BadValue
  9, // FailedToParse
  14, // TypeMismatch
  52, // DollarPrefixedFieldName
  56, // EmptyFieldName
  67, // CannotCreateIndex
  171, // CannotIndexParallelArrays
  10_334, // BSONObjectTooLarge
  17_280, // KeyTooLong
];

const codesOf = (error: MongoError): readonly unknown[] =>
  error instanceof MongoBulkWriteError && Array.isArray(error.writeErrors) && error.writeErrors.length > 0
    ? error.writeErrors.map(({ code }) => code)
    : [error.code];

/** Wrong arguments, found by the driver before anything is sent. */
const mistakes: readonly string[] = ['MongoInvalidArgumentError', 'MongoParseError', 'MongoMissingCredentialsError'];

/**
 * Whether a call failed for a reason that passes: the server is away, changes its primary, has no majority, doesn't let us
 * in. Not so for a document that it refuses.
 */
export const isAway = (error: unknown): boolean =>
  error instanceof MongoError &&
  !mistakes.includes(error.name) &&
  !codesOf(error).some((code) => code === duplicateKey || refusals.includes(code));

/** Gives what fails because the server is away the name that the port has for it. */
export const naming =
  (Unavailable: new (message: string, options: ErrorOptions) => Error, message: string) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw isAway(error) ? new Unavailable(message, { cause: error }) : error;
    }
  };
