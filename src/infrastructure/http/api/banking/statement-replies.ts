import { Described, IsRevision, IsSignedAmount, IsText } from '../../documentation/reply-fields.js';
import { IsDigits, IsOneOf, IsUuid, ListOf, Nested, Optional } from '../../input/fields.js';
import { IsCurrency, IsMoney, type Money } from '../../input/money-field.js';
import { IsInstant } from '../../input/time-fields.js';
import { Page } from '../pages.js';

export class Balance {
  @IsSignedAmount()
  readonly amountMinor!: number;

  @IsCurrency()
  readonly currency!: string;
}

export class StatementCard {
  @IsUuid()
  readonly cardId!: string;

  @IsText()
  readonly brand!: string;

  @IsDigits(4, 4)
  readonly lastFour!: string;

  @IsCurrency()
  readonly currency!: string;
}

export class StatementLine {
  @IsUuid()
  @Described('Of the transaction or the refund: never changes once it is booked')
  readonly lineId!: string;

  @IsOneOf(['C', 'D'])
  readonly creditDebit!: string;

  @IsOneOf(['booked', 'processing', 'future'])
  readonly status!: string;

  @IsMoney()
  @Described('Without a sign: creditDebit says which')
  readonly amount!: Money;

  @IsText()
  readonly description!: string;

  @IsInstant()
  @Described('When it was first known')
  readonly at!: string;

  @Optional()
  @IsInstant()
  readonly bookedAt?: string;

  @Optional()
  @Nested(() => Balance)
  @Described('Balance of the card after this line; of booked lines only')
  readonly runningBalance?: Balance;
}

export class Statement extends Page {
  @Nested(() => StatementCard)
  readonly card!: StatementCard;

  @IsText()
  @Described('Whose days the dates of the range are')
  readonly timeZone!: string;

  @Nested(() => Balance)
  @Described('Before the first booked line of the range')
  readonly openingBalance!: Balance;

  @Nested(() => Balance)
  @Described('After the last booked line of the range')
  readonly closingBalance!: Balance;

  @ListOf()
  @Nested(() => StatementLine)
  readonly items!: readonly StatementLine[];

  @IsInstant()
  readonly asOf!: string;

  @IsRevision()
  readonly revision!: string;
}
