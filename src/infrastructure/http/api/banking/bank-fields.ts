import { maxNameCharacters } from '../../../../application/bounds.js';
import { IsCardNumber } from '../../input/card-number-field.js';
import { IsDigits, IsName, IsOneOf, IsUuid, IsWholeNumber } from '../../input/fields.js';
import { IsMoney, Money } from '../../input/money-field.js';

export class CardBody {
  @IsName(maxNameCharacters)
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
