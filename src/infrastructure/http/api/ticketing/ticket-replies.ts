import { Described, IsRevision, IsText } from '../../documentation/reply-fields.js';
import { IsOneOf, IsUuid, IsWholeNumber, ListOf, Nested, Optional } from '../../input/fields.js';
import { IsInstant } from '../../input/time-fields.js';
import { Person } from './order-replies.js';

/** A ticket right after a command. */
export class TicketSummary {
  @IsUuid()
  readonly ticketId!: string;

  @IsOneOf(['issued', 'inside', 'blocked', 'revoked', 'cancelled', 'refunded', 'returned'])
  readonly status!: string;

  @IsWholeNumber(1, Number.MAX_SAFE_INTEGER)
  @Described('Secrets of lower generations are revoked')
  readonly generation!: number;

  @Optional()
  @IsText()
  readonly seat?: string;

  @IsRevision()
  readonly revision!: string;
}

/** What a ticket is for. */
export class Show {
  @IsUuid()
  readonly saleId!: string;

  @IsText()
  readonly name!: string;

  @IsText()
  readonly venue!: string;

  @IsInstant()
  readonly startsAt!: string;

  @IsText()
  readonly timeZone!: string;
}

/** Who passes a gate, and for what. */
export class Admission extends TicketSummary {
  @Nested(() => Person)
  readonly holder!: Person;

  @Nested(() => Show)
  readonly show!: Show;
}

/** A ticket as the view has it, with its secret for those who may know it. */
export class Ticket extends TicketSummary {
  @IsUuid()
  readonly saleId!: string;

  @IsUuid()
  readonly orderId!: string;

  @Nested(() => Person)
  readonly holder!: Person;

  @IsInstant()
  readonly issuedAt!: string;

  @Optional()
  @IsInstant()
  readonly checkedInAt?: string;

  @Optional()
  @IsInstant()
  readonly checkedOutAt?: string;

  @Optional()
  @IsText()
  @Described('Why it is blocked or revoked')
  readonly reason?: string;

  @Optional()
  @IsUuid()
  readonly refundId?: string;

  @Optional()
  @IsText()
  @Described("What the ticket's code shows; not told of a ticket that was passed on to somebody else")
  readonly secret?: string;
}

export class TicketList {
  @ListOf()
  @Nested(() => Ticket)
  readonly items!: readonly Ticket[];
}
