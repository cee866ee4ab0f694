import { streamOf } from '../../domain/decider.js';
import type { Money } from '../../domain/money.js';
import { sale } from '../../domain/ticketing/sale.js';
import type { SaleCommand, SaleRefusal } from '../../domain/ticketing/sale-commands.js';
import { availability, type SaleState, termsOf } from '../../domain/ticketing/sale-state.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import { derivedId } from '../ids.js';
import type { Clock } from '../ports/clock.js';
import type { Result } from './result.js';

export interface SaleTerms {
  readonly name: string;
  readonly venue: string;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  /** A name of the IANA database; UTC unless told otherwise. */
  readonly timeZone?: string;
  /** Left out where places have names. */
  readonly capacity?: number;
  readonly seats?: readonly string[];
  readonly price: Money;
  readonly perPersonLimit: number;
  readonly holdSeconds: number;
  /** When it opens and closes by itself, in milliseconds since the epoch. */
  readonly opensAt?: number;
  readonly closesAt?: number;
  /** Left out, nothing is sold any more once the show has begun. */
  readonly sellsAfterStart?: boolean;
}

/** A sale as it stands right after a command. */
export interface SaleSummary {
  readonly saleId: string;
  readonly status: string;
  readonly capacity: number;
  readonly free: number;
  readonly held: number;
  readonly sold: number;
  /** Revision of the sale's stream. */
  readonly revision: string;
}

export type SaleResult = Result<SaleSummary, SaleRefusal>;

/** What an organiser does with a sale. */
export class Sales {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly clock: Clock,
  ) {}

  announce(terms: SaleTerms, context: CommandContext): Promise<SaleResult> {
    const saleId = derivedId('sale', context.commandId);
    const capacity = terms.seats?.length ?? terms.capacity ?? 0;
    return this.#handle(saleId, { type: 'Announce', ...terms, saleId, capacity, now: this.clock.now() }, context);
  }

  open(saleId: string, context: CommandContext): Promise<SaleResult> {
    return this.#handle(saleId, { type: 'Open', now: this.clock.now() }, context);
  }

  pause(saleId: string, context: CommandContext): Promise<SaleResult> {
    return this.#handle(saleId, { type: 'Pause', now: this.clock.now() }, context);
  }

  close(saleId: string, context: CommandContext): Promise<SaleResult> {
    return this.#handle(saleId, { type: 'Close', now: this.clock.now() }, context);
  }

  /**
   * @param expectedRevision revisions of the sale that the change may follow; any when left out
   * @throws RevisionMismatch
   */
  changeCapacity(
    saleId: string,
    capacity: number,
    context: CommandContext,
    expectedRevision?: readonly bigint[],
  ): Promise<SaleResult> {
    const command: SaleCommand = { type: 'ChangeCapacity', capacity, now: this.clock.now() };
    return this.#handle(saleId, command, context, expectedRevision);
  }

  async #handle(
    saleId: string,
    command: SaleCommand,
    context: CommandContext,
    expectedRevision?: readonly bigint[],
  ): Promise<SaleResult> {
    const sent = await this.commandHandler.handle(sale, saleId, command, context, {
      select: standing,
      ...(expectedRevision && { expectedRevision }),
    });
    if (sent.refusal !== undefined) return { refusal: sent.refusal };
    return {
      value: { saleId, ...sent.result },
      written: [{ stream: streamOf(sale, saleId), position: sent.position }],
    };
  }
}

const standing = (state: SaleState, revision: bigint) => ({
  status: termsOf(state)?.status ?? 'none',
  ...availability(state),
  revision: revision.toString(),
});
