import { Described, IsText } from '../../documentation/reply-fields.js';
import { problemWith } from '../../frame/route.js';
import { IsFlag, IsOneOf, IsUuid, IsWholeNumber, ListOf, Nested } from '../../input/fields.js';
import { IsInstant } from '../../input/time-fields.js';
import { orderStatuses } from './order-replies.js';
import { saleStatuses } from './sale-replies.js';
import { Show } from './ticket-replies.js';

// Problems that tell more than their code: the members that each has beside those of all problems.

const IsCount = (): PropertyDecorator => IsWholeNumber(0, Number.MAX_SAFE_INTEGER);

class SaleNotOpenProblem {
  @IsOneOf(saleStatuses)
  readonly standing!: string;
}

class SoldOutProblem {
  @IsCount()
  readonly free!: number;
}

class LimitPerPersonProblem {
  @IsCount()
  readonly limit!: number;

  @IsCount()
  @Described('What the person has already')
  readonly taken!: number;
}

class SeatsTakenProblem {
  @ListOf()
  @IsText({ each: true })
  readonly seats!: readonly string[];
}

class CapacityBelowTakenProblem {
  @IsCount()
  readonly takenPlaces!: number;
}

/** The order's status lets it not be done. */
class OrderStandingProblem {
  @IsOneOf(orderStatuses)
  readonly standing!: string;
}
class NotExtendableProblem extends OrderStandingProblem {}
class NotCancellableProblem extends OrderStandingProblem {}
class NotRefundableProblem extends OrderStandingProblem {}

class RefundExceedsPaidProblem {
  @IsCount()
  readonly leftMinor!: number;
}

class TicketsUsedProblem {
  @ListOf()
  @IsUuid({ each: true })
  @Described('Tickets that were used or are no longer valid')
  readonly ticketIds!: readonly string[];
}

class PaymentInProgressProblem {
  @IsUuid()
  readonly transactionId!: string;
}

class TooManyAttemptsProblem {
  @IsCount()
  readonly limit!: number;
}

class CardDeclinedProblem {
  @IsText()
  @Described('As far as a buyer may know')
  readonly declineCode!: string;

  @IsFlag()
  readonly mayRetry!: boolean;

  @IsOneOf(orderStatuses)
  readonly orderStatus!: string;

  @IsInstant()
  readonly expiresAt!: string;
}

class OtherShowProblem {
  @Nested(() => Show)
  @Described('What the ticket is for')
  readonly show!: Show;
}

export const saleNotOpen = problemWith('sale_not_open', SaleNotOpenProblem, { standing: 'paused' });
export const soldOut = problemWith('sold_out', SoldOutProblem, { free: 1 });
export const limitPerPerson = problemWith('limit_per_person', LimitPerPersonProblem, { limit: 4, taken: 3 });
export const seatsTaken = problemWith('seats_taken', SeatsTakenProblem, { seats: ['A 12'] });
export const capacityBelowTaken = problemWith('capacity_below_taken', CapacityBelowTakenProblem, { takenPlaces: 80 });
export const notExtendable = problemWith('not_extendable', NotExtendableProblem, { standing: 'paid' });
export const notCancellable = problemWith('not_cancellable', NotCancellableProblem, { standing: 'fulfilled' });
export const notRefundable = problemWith('not_refundable', NotRefundableProblem, { standing: 'cancelled' });
export const refundExceedsPaid = problemWith('refund_exceeds_paid', RefundExceedsPaidProblem, { leftMinor: 4500 });
export const ticketsUsed = problemWith('tickets_used', TicketsUsedProblem, {
  ticketIds: ['3f0c1c1e-6a38-4d0b-9a53-0a4d5b0c9d11'],
});
export const otherShow = problemWith('other_show', OtherShowProblem, {
  show: {
    saleId: '3f0c1c1e-6a38-4d0b-9a53-0a4d5b0c9d11',
    name: 'The Last Night',
    venue: 'Old Harbour Hall',
    startsAt: '2030-05-04T19:30:00Z',
    timeZone: 'Europe/Lisbon',
  },
});
export const paymentInProgress = problemWith('payment_in_progress', PaymentInProgressProblem, {
  transactionId: '3f0c1c1e-6a38-4d0b-9a53-0a4d5b0c9d11',
});
export const tooManyAttempts = problemWith('too_many_attempts', TooManyAttemptsProblem, { limit: 5 });
export const cardDeclined = problemWith('card_declined', CardDeclinedProblem, {
  declineCode: 'insufficient_funds',
  mayRetry: true,
  orderStatus: 'awaiting_payment',
  expiresAt: '2030-05-04T19:30:00Z',
});
