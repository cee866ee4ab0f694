import { Described, IsReference } from '../../documentation/reply-fields.js';
import { IsOneOf, IsUuid, ListOf, Nested, Optional } from '../../input/fields.js';
import { IsMoney, type Money } from '../../input/money-field.js';
import { IsInstant } from '../../input/time-fields.js';
import { CardHint, orderStatuses } from './order-replies.js';

export class PaymentCard extends CardHint {
  @IsUuid()
  readonly cardId!: string;
}

export class Payment {
  @IsUuid()
  readonly paymentId!: string;

  @IsUuid()
  readonly orderId!: string;

  @IsOneOf(['paid', 'pending', 'action_required'])
  readonly status!: string;

  @IsOneOf(orderStatuses)
  readonly orderStatus!: string;

  @IsInstant()
  readonly expiresAt!: string;

  @Optional()
  @Nested(() => PaymentCard)
  readonly card?: PaymentCard;

  @Optional()
  @IsReference()
  @Described('Where the buyer confirms the payment')
  readonly actionUrl?: string;
}

export class Refund {
  @IsUuid()
  readonly refundId!: string;

  @IsMoney()
  readonly amount!: Money;

  @ListOf()
  @IsUuid({ each: true })
  readonly ticketIds!: readonly string[];

  @IsInstant()
  readonly requestedAt!: string;

  @IsOneOf(['paid', 'pending'])
  readonly status!: string;

  @IsOneOf(orderStatuses)
  readonly orderStatus!: string;
}
