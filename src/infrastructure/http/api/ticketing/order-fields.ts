import { maxAmountMinor, maxCardTokenCharacters, maxNameCharacters } from '../../../../application/bounds.js';
import {
  IsEmailAddress,
  IsFlag,
  IsName,
  IsSeatName,
  IsToken,
  IsUuid,
  IsWholeNumber,
  ListOf,
  Nested,
  Optional,
} from '../../input/fields.js';

export class PersonBody {
  @IsEmailAddress()
  readonly email!: string;

  @IsName(maxNameCharacters)
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

export class PaymentParams extends OrderParams {
  @IsUuid()
  readonly paymentId!: string;
}

export class PaymentBody {
  @IsToken(maxCardTokenCharacters)
  readonly cardToken!: string;
}

export class RefundBody {
  @Optional()
  @ListOf({ min: 1, max: 1_000, unique: true })
  @IsUuid({ each: true })
  readonly ticketIds?: readonly string[];

  @Optional()
  @IsWholeNumber(1, maxAmountMinor)
  readonly amountMinor?: number;

  /** Tickets stay good although no money is left on the order. */
  @Optional()
  @IsFlag()
  readonly keepsTickets?: boolean;

  /** Leaves out tickets that were used, instead of refusing. */
  @Optional()
  @IsFlag()
  readonly unusedOnly?: boolean;
}
