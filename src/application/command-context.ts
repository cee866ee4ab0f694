/** Who asks for what, as the events will tell it. Never personal data. */
export interface CommandContext {
  /** The same command sent again carries the same id. */
  readonly commandId: string;
  /** The same for all that one request sets off. */
  readonly correlationId: string;
  readonly actor?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}
