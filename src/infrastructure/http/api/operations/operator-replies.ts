import { Described, IsText } from '../../documentation/reply-fields.js';
import { IsOneOf, IsUuid, ListOf, Nested, Optional } from '../../input/fields.js';
import { Page } from '../pages.js';
import { NeedsHuman } from '../ticketing/order-replies.js';

export class OrderInNeed extends NeedsHuman {
  @IsUuid()
  readonly orderId!: string;
}

export class OrdersInNeed extends Page {
  @ListOf()
  @Nested(() => OrderInNeed)
  readonly items!: readonly OrderInNeed[];
}

export class Delivery {
  @IsText()
  @Described('Who reads')
  readonly group!: string;

  @IsOneOf(['done', 'pending', 'parked', 'skipped'])
  readonly status!: string;

  @Optional()
  @IsText()
  @Described('Why it was set aside')
  readonly reason?: string;
}

export class DeliveryList {
  @ListOf()
  @Nested(() => Delivery)
  readonly items!: readonly Delivery[];
}
