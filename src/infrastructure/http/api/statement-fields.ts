import { IsOneOf, Optional } from '../fields.js';
import { IsCalendarDate } from '../time-fields.js';
import { PageQuery } from './page-fields.js';

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
