import { maxNameCharacters } from '../../../../application/bounds.js';
import { IsFlag, IsName, IsOneOf, IsSeatName, IsUuid, IsWholeNumber, ListOf, Optional } from '../../input/fields.js';
import { IsMoney, Money } from '../../input/money-field.js';
import { IsInstant, IsTimeZone } from '../../input/time-fields.js';
import { PageQuery } from '../pages.js';

export class SaleParams {
  @IsUuid()
  readonly saleId!: string;
}

export class SaleTermsBody {
  @IsName(maxNameCharacters)
  readonly name!: string;

  @IsName(maxNameCharacters)
  readonly venue!: string;

  @IsInstant()
  readonly startsAt!: string;

  @Optional()
  @IsTimeZone()
  readonly timeZone?: string;

  @Optional()
  @IsWholeNumber(1, 1_000_000)
  readonly capacity?: number;

  @Optional()
  @ListOf({ min: 1, max: 10_000, unique: true })
  @IsSeatName({ each: true })
  readonly seats?: readonly string[];

  @IsMoney()
  readonly price!: Money;

  @IsWholeNumber(1, 1_000)
  readonly perPersonLimit!: number;

  @IsWholeNumber(1, 86_400)
  readonly holdSeconds!: number;

  @Optional()
  @IsInstant()
  readonly opensAt?: string;

  @Optional()
  @IsInstant()
  readonly closesAt?: string;

  @Optional()
  @IsFlag()
  readonly sellsAfterStart?: boolean;
}

export class CapacityBody {
  @IsWholeNumber(1, 1_000_000)
  readonly capacity!: number;
}

export class ReturnBody {
  @IsUuid()
  readonly orderId!: string;

  @ListOf({ min: 1, max: 100, unique: true })
  @IsUuid({ each: true })
  readonly ticketIds!: readonly string[];
}

export class SalesQuery extends PageQuery {
  @Optional()
  @IsOneOf(['announced', 'open', 'paused', 'closed'])
  readonly status?: 'announced' | 'open' | 'paused' | 'closed';
}
