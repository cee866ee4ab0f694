import { IsOneOf, IsToken, IsUuid, Nested, Optional } from '../../input/fields.js';
import { PersonBody } from './order-fields.js';

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
