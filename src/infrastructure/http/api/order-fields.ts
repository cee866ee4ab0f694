import {
  IsDigits,
  IsEmailAddress,
  IsName,
  IsOneOf,
  IsSeatName,
  IsToken,
  IsUuid,
  IsWholeNumber,
  ListOf,
  Nested,
  Optional,
} from '../fields.js';
import { IsMoney, Money } from '../money-field.js';
import { IsCalendarDate } from '../time-fields.js';
import { IsCardNumber } from './card-number-field.js';
import { PageQuery } from './sale-fields.js';

export class PersonBody {
  @IsEmailAddress()
  readonly email!: string;

  @IsName(200)
  readonly name!: string;
}

export class OrderBody {
  @IsUuid()
  readonly saleId!: string;

  @Optional()
  @IsWholeNumber(1, 1_000)
  readonly quantity?: number;

  @Optional()
  @ListOf({ min: 1, max: 100, unique: true })
  @IsSeatName({ each: true })
  readonly seats?: readonly string[];

  @Nested(() => PersonBody)
  readonly buyer!: PersonBody;
}

export class OrderParams {
  @IsUuid()
  readonly orderId!: string;
}

export class PaymentBody {
  @IsToken(1_000)
  readonly cardToken!: string;
}

export class RefundBody {
  @Optional()
  @ListOf({ min: 1, max: 1_000, unique: true })
  @IsUuid({ each: true })
  readonly ticketIds?: readonly string[];

  @Optional()
  @IsWholeNumber(1, Number.MAX_SAFE_INTEGER)
  readonly amountMinor?: number;
}

export class TicketParams {
  @IsUuid()
  readonly ticketId!: string;
}

export class ScanBody {
  @IsToken(100)
  readonly nonce!: string;

  @Optional()
  @IsToken(100)
  readonly secret?: string;

  @Optional()
  @IsOneOf(['in', 'out'])
  readonly direction?: string;
}

export class TransferBody {
  @Nested(() => PersonBody)
  readonly to!: PersonBody;
}

export class CardBody {
  @IsName(200)
  readonly holder!: string;

  @IsMoney()
  readonly limit!: Money;
}

export class CardDataBody {
  /** Spaces and dashes are let pass. */
  @IsCardNumber()
  readonly number!: string;

  @IsWholeNumber(1, 12)
  readonly expiryMonth!: number;

  @IsWholeNumber(2000, 2099)
  readonly expiryYear!: number;

  @IsDigits(3, 4)
  readonly securityCode!: string;
}

export class CardParams {
  @IsUuid()
  readonly cardId!: string;
}

export class TransactionParams {
  @IsUuid()
  readonly transactionId!: string;
}

export class ConfirmationBody {
  @IsOneOf(['approve', 'reject'])
  readonly outcome!: 'approve' | 'reject';
}

export class StatementRangeQuery {
  @Optional()
  @IsCalendarDate()
  readonly fromBookingDate?: string;

  @Optional()
  @IsCalendarDate()
  readonly toBookingDate?: string;
}

export class StatementQuery extends PageQuery {
  @Optional()
  @IsCalendarDate()
  readonly fromBookingDate?: string;

  @Optional()
  @IsCalendarDate()
  readonly toBookingDate?: string;

  @Optional()
  @IsOneOf(['booked', 'processing', 'future'])
  readonly status?: 'booked' | 'processing' | 'future';
}
