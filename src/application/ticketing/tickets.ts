import { createHash } from 'node:crypto';
import { streamOf } from '../../domain/decider.js';
import { sale } from '../../domain/ticketing/sale.js';
import { termsOf } from '../../domain/ticketing/sale-state.js';
import { ticket } from '../../domain/ticketing/ticket.js';
import type { TicketCommand, TicketRefusal } from '../../domain/ticketing/ticket-commands.js';
import { type TicketState, ticketOf } from '../../domain/ticketing/ticket-state.js';
import { defaultTimeZone } from '../../domain/time-zone.js';
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

/** What a ticket is for. */
export interface Show {
  readonly saleId: string;
  readonly name: string;
  readonly venue: string;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  readonly timeZone: string;
}

/** What a gate is told of who passes. */
export interface Admission extends TicketSummary {
  readonly holder: { readonly email: string; readonly name: string };
  readonly show: Show;
}

export type TicketResult = Result<TicketSummary, TicketRefusal>;

export type ScanRefusal =
  | Exclude<TicketRefusal, { readonly code: 'other_show' }>
  | { readonly code: 'secret_unknown' }
  | { readonly code: 'other_show'; readonly show: Show };

export type ScanResult = Result<Admission, ScanRefusal>;

export interface Scan {
  readonly direction: 'in' | 'out';
  readonly gateId: string;
  /** The sales whose tickets the gate lets pass. */
  readonly saleIds: readonly string[];
  /** Names this scan among those of the gate: the same scan sent again is let through once. */
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

  async scan(ticketId: string, scan: Scan, context: CommandContext): Promise<ScanResult> {
    const { direction, gateId, saleIds, secret } = scan;
    const generation = secret === undefined ? undefined : this.secrets.generationOf(ticketId, secret);
    if (secret !== undefined && generation === undefined) return { refusal: { code: 'secret_unknown' } };
    const nonce = createHash('sha256').update(`${gateId}:${scan.nonce}`).digest('base64url');
    const command: TicketCommand = {
      type: direction === 'in' ? 'CheckIn' : 'CheckOut',
      gateId,
      saleIds,
      nonce,
      ...(generation !== undefined && { generation }),
      now: this.clock.now(),
    };
    const handled = await this.commandHandler.handle(ticket, ticketId, command, context, {
      select: (state, revision) => {
        const { holder, saleId } = issued(ticketId, state);
        return { ...standing(ticketId, state, revision), holder, saleId };
      },
    });
    if (handled.refusal?.code === 'other_show') {
      const { code, saleId } = handled.refusal;
      return { refusal: { code, show: await this.#showOf(saleId) } };
    }
    if (handled.refusal !== undefined) return { refusal: handled.refusal };
    const { saleId, ...admitted } = handled.result;
    const written = [{ stream: streamOf(ticket, ticketId), position: handled.position }];
    return { value: { ...admitted, show: await this.#showOf(saleId) }, written };
  }

  /** The terms of a sale never change: what is in memory will do. */
  async #showOf(saleId: string): Promise<Show> {
    const { result: terms } = await this.commandHandler.query(sale, saleId, termsOf, 'cached');
    if (terms === undefined) throw new Error(`sale ${saleId} was never announced`);
    const { name, venue, startsAt, timeZone = defaultTimeZone } = terms;
    return { saleId, name, venue, startsAt, timeZone };
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

const issued = (ticketId: string, state: TicketState) => {
  const found = ticketOf(state);
  if (found === undefined) throw new Error(`ticket ${ticketId} was never issued`);
  return found;
};

const standing = (ticketId: string, state: TicketState, revision: bigint): TicketSummary => {
  const { status, generation, seat } = issued(ticketId, state);
  return { ticketId, status, generation, ...(seat !== undefined && { seat }), revision: revision.toString() };
};
