import { createHash } from 'node:crypto';
import { streamOf } from '../../domain/decider.js';
import { ticket } from '../../domain/ticketing/ticket.js';
import type { TicketCommand, TicketRefusal } from '../../domain/ticketing/ticket-commands.js';
import { type TicketState, ticketOf } from '../../domain/ticketing/ticket-state.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';
import type { Result } from './result.js';
import type { TicketSecrets } from './ticket-secrets.js';

export interface TicketSummary {
  readonly ticketId: string;
  readonly status: string;
  readonly generation: number;
  readonly seat?: string;
  readonly revision: string;
}

export type TicketResult = Result<TicketSummary, TicketRefusal | { readonly code: 'secret_unknown' }>;

export interface Scan {
  /** Names this scan: the same scan sent again is let through once. */
  readonly nonce: string;
  /** The secret read from the ticket's code; left out for a look-up by hand. */
  readonly secret?: string;
}

/** What happens to tickets after they were sold. */
export class Tickets {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly clock: Clock,
    private readonly secrets: TicketSecrets,
  ) {}

  async checkIn(ticketId: string, { nonce, secret }: Scan, context: CommandContext): Promise<TicketResult> {
    const generation = secret === undefined ? undefined : this.secrets.generationOf(ticketId, secret);
    if (secret !== undefined && generation === undefined) return { refusal: { code: 'secret_unknown' } };
    const hash = createHash('sha256').update(nonce).digest('base64url');
    const known = generation !== undefined && { generation };
    return this.#handle(ticketId, { type: 'CheckIn', nonce: hash, ...known, now: this.clock.now() }, context);
  }

  checkOut(ticketId: string, { nonce }: Scan, context: CommandContext): Promise<TicketResult> {
    const hash = createHash('sha256').update(nonce).digest('base64url');
    return this.#handle(ticketId, { type: 'CheckOut', nonce: hash, now: this.clock.now() }, context);
  }

  transfer(
    ticketId: string,
    to: { readonly email: string; readonly name: string },
    context: CommandContext,
  ): Promise<TicketResult> {
    return this.#handle(ticketId, { type: 'Transfer', to, now: this.clock.now() }, context);
  }

  async #handle(ticketId: string, command: TicketCommand, context: CommandContext): Promise<TicketResult> {
    const handled = await this.commandHandler.handle(ticket, ticketId, command, context, {
      select: (state, revision) => standing(ticketId, state, revision),
    });
    if (handled.refusal !== undefined) return { refusal: handled.refusal };
    const { result: value, position } = handled;
    return { value, written: [{ stream: streamOf(ticket, ticketId), position }] };
  }
}

const standing = (ticketId: string, state: TicketState, revision: bigint): TicketSummary => {
  const found = ticketOf(state);
  if (found === undefined) throw new Error(`ticket ${ticketId} was never issued`);
  const { status, generation, seat } = found;
  return { ticketId, status, generation, ...(seat !== undefined && { seat }), revision: revision.toString() };
};
