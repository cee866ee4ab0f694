import { IsOneOf, Optional } from '../../input/fields.js';
import { IsCalendarDate, IsTimeZone } from '../../input/time-fields.js';
import { PageQuery } from '../pages.js';

export class StatementRangeQuery {
  @Optional()
  @IsCalendarDate()
  readonly fromBookingDate?: string;

  @Optional()
  @IsCalendarDate()
  readonly toBookingDate?: string;

  /** Whose days the dates are; UTC where it is left out. */
  @Optional()
  @IsTimeZone()
  readonly timeZone?: string;
}

export class StatementCsvQuery extends StatementRangeQuery {
  @Optional()
  @IsOneOf(['true', 'false'])
  readonly bom?: 'true' | 'false';
}

export class StatementQuery extends PageQuery {
  @Optional()
  @IsCalendarDate()
  readonly fromBookingDate?: string;

  @Optional()
  @IsCalendarDate()
  readonly toBookingDate?: string;

  /** Whose days the dates are; UTC where it is left out. */
  @Optional()
  @IsTimeZone()
  readonly timeZone?: string;

  @Optional()
  @IsOneOf(['booked', 'processing', 'future'])
  readonly status?: 'booked' | 'processing' | 'future';
}
