import { createHash } from 'node:crypto';
import { streamOf } from '../../domain/decider.js';
import { type SaleRefusal, sale } from '../../domain/ticketing/sale.js';
import { type TicketCommand, type TicketRefusal, ticket } from '../../domain/ticketing/ticket.js';
import { ticketOf } from '../../domain/ticketing/ticket-state.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';
import type { Result, Written } from './result.js';
import type { TicketSecrets } from './ticket-secrets.js';

export interface TicketStanding {
  readonly ticketId: string;
  readonly status: string;
  readonly generation: number;
  readonly seat?: string;
  readonly revision: string;
}

export type TicketResult = Result<TicketStanding, TicketRefusal | { readonly code: 'secret_unknown' }>;

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
    return this.#send(ticketId, { type: 'CheckIn', nonce: hash, ...known, now: this.clock.now() }, context);
  }

  checkOut(ticketId: string, { nonce }: Scan, context: CommandContext): Promise<TicketResult> {
    const hash = createHash('sha256').update(nonce).digest('base64url');
    return this.#send(ticketId, { type: 'CheckOut', nonce: hash, now: this.clock.now() }, context);
  }

  transfer(
    ticketId: string,
    to: { readonly email: string; readonly name: string },
    context: CommandContext,
  ): Promise<TicketResult> {
    return this.#send(ticketId, { type: 'Transfer', to, now: this.clock.now() }, context);
  }

  /** Puts refunded places on sale again: a decision of its own, never a part of the refund. */
  async returnToSale(
    saleId: string,
    orderId: string,
    ticketIds: readonly string[],
    context: CommandContext,
  ): Promise<Result<{ readonly ticketIds: readonly string[] }, TicketRefusal | SaleRefusal>> {
    const now = this.clock.now();
    for (const ticketId of ticketIds) {
      const { result } = await this.commandHandler.query(ticket, ticketId, ticketOf);
      if (result === undefined) return { refusal: { code: 'ticket_unknown' } };
      if (result.status !== 'refunded' && result.status !== 'returned') return { refusal: { code: 'not_refunded' } };
    }
    const command = { type: 'Return' as const, orderId, ticketIds, now };
    const returned = await this.commandHandler.handle(sale, saleId, command, context);
    if (returned.refusal !== undefined) return { refusal: returned.refusal };
    const written: Written[] = [{ stream: streamOf(sale, saleId), position: returned.position }];
    for (const ticketId of ticketIds) {
      const sent = await this.commandHandler.handle(ticket, ticketId, { type: 'MarkReturned', now }, context);
      if (sent.refusal !== undefined) return { refusal: sent.refusal };
      written.push({ stream: streamOf(ticket, ticketId), position: sent.position });
    }
    return { value: { ticketIds }, written };
  }

  async #send(ticketId: string, command: TicketCommand, context: CommandContext): Promise<TicketResult> {
    const sent = await this.commandHandler.handle(ticket, ticketId, command, context, { select: ticketOf });
    if (sent.refusal !== undefined) return { refusal: sent.refusal };
    if (sent.result === undefined) return { refusal: { code: 'ticket_unknown' } };
    const { status, generation, seat } = sent.result;
    return {
      value: {
        ticketId,
        status,
        generation,
        ...(seat !== undefined && { seat }),
        revision: sent.revision.toString(),
      },
      written: [{ stream: streamOf(ticket, ticketId), position: sent.position }],
    };
  }
}
