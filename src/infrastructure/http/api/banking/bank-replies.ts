import { Described, IsText } from '../../documentation/reply-fields.js';
import { IsDigits, IsOneOf, IsUuid, IsWholeNumber } from '../../input/fields.js';
import { IsInstant } from '../../input/time-fields.js';

class CardFace {
  @IsUuid()
  readonly cardId!: string;

  @IsText()
  readonly brand!: string;

  @IsDigits(4, 4)
  readonly lastFour!: string;

  @IsWholeNumber(1, 12)
  readonly expiryMonth!: number;

  @IsWholeNumber(2000, 2099)
  readonly expiryYear!: number;
}

export class IssuedCard extends CardFace {
  @IsDigits(12, 19)
  readonly number!: string;

  @IsDigits(3, 4)
  readonly securityCode!: string;
}

export class CardToken extends CardFace {
  @IsText()
  @Described('What one payment names in place of the card')
  readonly token!: string;

  @IsInstant()
  @Described('From when it starts no payment')
  readonly expiresAt!: string;
}

export class Transaction {
  @IsUuid()
  readonly transactionId!: string;

  @IsOneOf(['action_required', 'authorised', 'captured', 'declined', 'voided'])
  readonly status!: string;
}
