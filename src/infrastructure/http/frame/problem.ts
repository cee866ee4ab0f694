import type { PartitionPosition } from '../../../application/views/view-progress.js';

/** What is wrong with one field: never its value. */
export interface FieldError {
  /** JSON path (`price.amountMinor`, `seats[2]`), or the name of a parameter or header. */
  readonly field: string;
  readonly in: 'body' | 'query' | 'path' | 'header';
  readonly code: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly status: number;
  /** For machines, stable, snake_case. */
  readonly code: string;
  /** For people, the same for each problem of this code. */
  readonly title: string;
  /** For people, about this occurrence; never repeats what was sent. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What was written all the same: a decline is an event too. */
  readonly consistencyToken?: readonly PartitionPosition[];
  /** Further members of the document (RFC 9457, section 3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** An answer that tells of a failure (RFC 9457): thrown by handlers and by the frame alike. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;

  constructor(readonly details: ProblemDetails) {
    // An answer, not a fault: no one looks at its stack, and taking one costs as much as checking the whole request.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(details.code);
    Error.stackTraceLimit = stackTraceLimit;
    this.status = details.status;
    this.code = details.code;
  }
}

export const problemContentType = 'application/problem+json';

/** The document of RFC 9457, with the members that all our problems have. */
export const problemDocument = ({ details }: Problem, traceId: string): Record<string, unknown> => ({
  // First, so that none of them can stand in the place of a member that all problems have.
  ...details.extensions,
  type: `urn:boxoffice:problem:${details.code}`,
  title: details.title,
  status: details.status,
  code: details.code,
  ...(details.detail !== undefined && { detail: details.detail }),
  ...(details.errors !== undefined && { errors: details.errors }),
  traceId,
});

/** A request that says something wrong, field by field. */
export const invalidRequest = (errors: readonly FieldError[]): Problem => {
  const [first] = errors;
  const code = errors.length === 1 && first?.code === 'card_data_refused' ? first.code : 'invalid_request';
  return new Problem({ status: 400, code, title: titles[code] ?? 'The request is not valid', errors });
};

const titles: Readonly<Record<string, string>> = {
  invalid_request: 'The request is not valid',
  card_data_refused: 'This field must not contain a card number',
};

/** One wrong field of the body, a parameter or a header; the place for what only a handler can check. */
export const invalidField = (place: FieldError['in'], field: string, code: string, message: string): Problem =>
  invalidRequest([{ field, in: place, code, message }]);

/** Something that we need is not there now; nothing was done. */
export const unavailable = (code: string, title: string, retryAfterSeconds = 1): Problem =>
  new Problem({ status: 503, code, title, retryAfterSeconds });

/** Also the answer for what belongs to someone else. */
export const notFound = (): Problem => new Problem({ status: 404, code: 'not_found', title: 'Nothing was found here' });

/** What no one foresaw: the log has it, the caller doesn't. */
export const internalError = (): Problem =>
  new Problem({ status: 500, code: 'internal_error', title: 'Something went wrong on our side' });
