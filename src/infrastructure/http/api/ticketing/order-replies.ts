import { Described, IsReference, IsRevision, IsText } from '../../documentation/reply-fields.js';
import { IsOneOf, IsUuid, IsWholeNumber, ListOf, Nested, Optional } from '../../input/fields.js';
import { IsMoney, type Money } from '../../input/money-field.js';
import { IsInstant } from '../../input/time-fields.js';

export const orderStatuses = [
  'awaiting_payment',
  'pending',
  'action_required',
  'checking',
  'paid',
  'fulfilled',
  'partially_refunded',
  'refunded',
  'cancelled',
  'expired',
] as const;

const IsQuantity = (): PropertyDecorator => IsWholeNumber(1, 1_000);

/** An order right after a command. */
export class OrderSummary {
  @IsUuid()
  readonly orderId!: string;

  @IsUuid()
  readonly saleId!: string;

  @IsOneOf(orderStatuses)
  readonly status!: string;

  @IsQuantity()
  readonly quantity!: number;

  @Optional()
  @ListOf()
  @IsText({ each: true })
  readonly seats?: readonly string[];

  @IsMoney()
  readonly total!: Money;

  @IsInstant()
  readonly expiresAt!: string;

  @IsRevision()
  readonly revision!: string;
}

export class Person {
  @IsText()
  readonly email!: string;

  @IsText()
  readonly name!: string;
}

export class OrderLine {
  @IsText()
  readonly description!: string;

  @IsQuantity()
  readonly quantity!: number;

  @IsMoney()
  readonly unitPrice!: Money;
}

export class CardHint {
  @IsText()
  readonly brand!: string;

  @IsText()
  readonly lastFour!: string;
}

export class OrderPayment {
  @IsUuid()
  readonly transactionId!: string;

  @IsOneOf(['started', 'action_required', 'unknown', 'authorised', 'captured', 'declined', 'reversed'])
  readonly status!: string;

  @Optional()
  @Nested(() => CardHint)
  readonly card?: CardHint;

  @Optional()
  @IsText()
  @Described('Why it was declined, as far as a buyer may know')
  readonly code?: string;

  @Optional()
  @IsOneOf(['places_lost', 'outcome_unknown'])
  @Described('Why the money was given back')
  readonly reversal?: string;

  @Optional()
  @IsReference()
  @Described('Where the holder confirms the payment')
  readonly actionUrl?: string;
}

export class OrderRefund {
  @IsUuid()
  readonly refundId!: string;

  @IsOneOf(['requested', 'paid', 'refused'])
  readonly status!: string;

  @IsMoney()
  readonly amount!: Money;

  @ListOf()
  @IsUuid({ each: true })
  readonly ticketIds!: readonly string[];

  @IsInstant()
  readonly requestedAt!: string;

  @Optional()
  @IsText()
  @Described('Why it was refused')
  readonly code?: string;
}

export class NeedsHuman {
  @IsText()
  readonly reason!: string;

  @IsInstant()
  readonly since!: string;
}

/** An order as the view has it. */
export class Order extends OrderSummary {
  @IsText()
  readonly saleName!: string;

  @Nested(() => Person)
  readonly buyer!: Person;

  @ListOf()
  @Nested(() => OrderLine)
  readonly lines!: readonly OrderLine[];

  @IsInstant()
  readonly placedAt!: string;

  @ListOf()
  @Nested(() => OrderPayment)
  @Described('In the order in which they began')
  readonly payments!: readonly OrderPayment[];

  @ListOf()
  @Nested(() => OrderRefund)
  readonly refunds!: readonly OrderRefund[];

  @ListOf()
  @IsUuid({ each: true })
  readonly ticketIds!: readonly string[];

  @Optional()
  @Nested(() => NeedsHuman)
  readonly needsHuman?: NeedsHuman;
}
