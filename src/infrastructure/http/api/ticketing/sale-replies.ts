import { Described, IsRevision, IsText } from '../../documentation/reply-fields.js';
import { IsOneOf, IsUuid, IsWholeNumber, ListOf, Nested, Optional } from '../../input/fields.js';
import { IsMoney, type Money } from '../../input/money-field.js';
import { IsInstant } from '../../input/time-fields.js';
import { Page } from '../pages.js';

export const saleStatuses = ['announced', 'open', 'paused', 'closed'] as const;

const IsCount = (): PropertyDecorator => IsWholeNumber(0, 1_000_000);

/** A sale right after a command: the stream's own figures. */
export class SaleSummary {
  @IsUuid()
  readonly saleId!: string;

  @IsOneOf(saleStatuses)
  readonly status!: string;

  @IsCount()
  readonly capacity!: number;

  @IsCount()
  readonly free!: number;

  @IsCount()
  readonly held!: number;

  @IsCount()
  readonly sold!: number;

  @IsRevision()
  readonly revision!: string;
}

/** A sale as the view has it. */
export class Sale extends SaleSummary {
  @IsText()
  readonly name!: string;

  @IsText()
  readonly venue!: string;

  @IsInstant()
  readonly startsAt!: string;

  @IsText()
  @Described('Of the show')
  readonly timeZone!: string;

  @IsMoney()
  readonly price!: Money;

  @IsWholeNumber(1, 1_000)
  readonly perPersonLimit!: number;

  @IsWholeNumber(1, 86_400)
  readonly holdSeconds!: number;

  @IsInstant()
  @Described('Time of the last event that made these figures')
  readonly asOf!: string;
}

export class SalePage extends Page {
  @ListOf()
  @Nested(() => Sale)
  readonly items!: readonly Sale[];
}

export class Seat {
  @IsText()
  readonly seat!: string;

  @IsOneOf(['free', 'held', 'sold'])
  readonly status!: string;
}

export class SaleWithSeats extends Sale {
  @Optional()
  @ListOf()
  @Nested(() => Seat)
  @Described('Where places have names')
  readonly seats?: readonly Seat[];
}

export class ReturnedTickets {
  @ListOf()
  @IsUuid({ each: true })
  readonly ticketIds!: readonly string[];
}
