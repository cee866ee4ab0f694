/** Who asks for what, as the events will tell it. Never personal data. */
export interface CommandContext {
  /** The same command sent again carries the same id. */
  readonly commandId: string;
  /** Keyed hash of what the client's request says: the id must not come again with another. */
  readonly fingerprint?: string;
  /** The same for all that one request sets off. */
  readonly correlationId: string;
  readonly actor?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}
