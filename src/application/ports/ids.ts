/** Makes new ids. */
export interface Ids {
  /** A UUID that no one else has; ids made later sort later (version 7, RFC 9562). */
  next(): string;
}
