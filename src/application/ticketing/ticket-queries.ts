import { type TicketDocument, tickets } from '../../projections/ticketing/tickets.js';
import type { ViewStore } from '../ports/views.js';
import { Documents } from '../views/documents.js';

type Kept = 'ticketId' | 'saleId' | 'orderId' | 'holder' | 'status' | 'generation' | 'issuedAt' | 'revision';

/** A ticket without its secret, which is stored nowhere. Times in milliseconds since the epoch. */
export interface Ticket extends Pick<TicketDocument, Kept> {
  readonly seat?: string;
  readonly checkedInAt?: number;
  readonly checkedOutAt?: number;
  /** Why it is blocked or revoked. */
  readonly reason?: string;
  readonly refundId?: string;
}

const pageSize = 500;

/** Tickets as they are now. */
export class TicketQueries {
  readonly #tickets: Documents<TicketDocument>;

  constructor(views: Pick<ViewStore, 'get' | 'find'>) {
    this.#tickets = new Documents(views, tickets, 'tickets');
  }

  /** All tickets of an order by ticket id; none for an unknown order. @throws ViewsUnavailable */
  async ofOrder(orderId: string): Promise<readonly Ticket[]> {
    const found: Ticket[] = [];
    for (;;) {
      const where = { orderId, _id: { $gt: found.at(-1)?.ticketId ?? '' } };
      const page = await this.#tickets.find({ where, limit: pageSize });
      found.push(...page.map(ticketOf));
      if (page.length < pageSize) return found;
    }
  }

  /** @throws ViewsUnavailable */
  async get(ticketId: string): Promise<Ticket | undefined> {
    const document = await this.#tickets.get(ticketId);
    return document === undefined ? undefined : ticketOf(document);
  }
}

const ticketOf = (document: TicketDocument): Ticket => {
  const { ticketId, saleId, orderId, seat, holder, status, generation, issuedAt, revision } = document;
  const { checkedInAt, checkedOutAt, reason, refundId } = document;
  return {
    ticketId,
    saleId,
    orderId,
    ...(seat !== null && { seat }),
    holder,
    status,
    generation,
    issuedAt,
    ...(checkedInAt !== null && { checkedInAt }),
    ...(checkedOutAt !== null && { checkedOutAt }),
    ...(reason !== null && { reason }),
    ...(refundId !== null && { refundId }),
    revision,
  };
};
