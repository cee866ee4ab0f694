import { IsOneOf, IsToken, IsUuid, ListOf, Nested, Optional } from '../../input/fields.js';
import { PersonBody } from './order-fields.js';

export class TicketParams {
  @IsUuid()
  readonly ticketId!: string;
}

/** A ticket that somebody at a gate has looked up by hand. */
export class ManualScanBody {
  @IsToken(100)
  readonly gateId!: string;

  @ListOf({ min: 1, max: 100, unique: true })
  @IsUuid({ each: true })
  readonly saleIds!: readonly string[];

  @IsToken(100)
  readonly nonce!: string;

  @Optional()
  @IsOneOf(['in', 'out'])
  readonly direction?: 'in' | 'out';
}

export class ScanBody extends ManualScanBody {
  @IsToken(100)
  readonly secret!: string;
}

export class TransferBody {
  @Nested(() => PersonBody)
  readonly to!: PersonBody;
}
