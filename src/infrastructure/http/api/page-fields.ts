import { IsToken, IsWholeNumber, Optional } from '../fields.js';

export class PageQuery {
  @Optional()
  @IsWholeNumber(1, 100)
  readonly limit?: number;

  @Optional()
  @IsToken(500)
  readonly cursor?: string;
}
