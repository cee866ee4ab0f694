/** Who asks for what, as the events will tell it. Never personal data. */
export interface CommandContext {
  /** The same command sent again carries the same id. */
  readonly commandId: string;
  /** The same for all that one request sets off. */
  readonly correlationId: string;
  readonly actor?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  /** Is told the stream's revision right before the decision; what it throws is the answer. */
  readonly check?: (revision: bigint) => void;
}
