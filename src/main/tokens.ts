import type { ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { BankKey } from '../application/banking/bank-key.js';
import type { CardPayments } from '../application/banking/card-payments.js';
import type { CardIssuing } from '../application/banking/issue-card.js';
import type { OpenTransactions } from '../application/banking/open-transactions.js';
import type { StatementQueries } from '../application/banking/statement-queries.js';
import type { Cursors } from '../application/cursor.js';
import type { EventCatalogue } from '../application/event-catalogue.js';
import type { DeliveryQueries } from '../application/feed/delivery-queries.js';
import type { Mailboxes } from '../application/mailbox.js';
import type { Bank } from '../application/ports/bank.js';
import type { Clock } from '../application/ports/clock.js';
import type { EventStore } from '../application/ports/event-store.js';
import type { Feed } from '../application/ports/feed.js';
import type { Ids } from '../application/ports/ids.js';
import type { Park } from '../application/ports/park.js';
import type { Snapshots } from '../application/ports/snapshots.js';
import type { ViewStore } from '../application/ports/views.js';
import type { OrderQueries } from '../application/ticketing/order-queries.js';
import type { Orders } from '../application/ticketing/orders.js';
import type { PurchaseWorker } from '../application/ticketing/purchase-worker.js';
import type { Purchases } from '../application/ticketing/purchases.js';
import type { SaleQueries } from '../application/ticketing/sale-queries.js';
import type { Sales } from '../application/ticketing/sales.js';
import type { TicketQueries } from '../application/ticketing/ticket-queries.js';
import type { TicketSecrets } from '../application/ticketing/ticket-secrets.js';
import type { Tickets } from '../application/ticketing/tickets.js';
import type { Projector } from '../application/views/projector.js';
import type { ViewProgress } from '../application/views/view-progress.js';
import type { BacklogSource } from '../infrastructure/feed/embedded/embedded-feed.js';
import type { ReadYourWrites } from '../infrastructure/http/api/read-your-writes.js';
import type { IdempotencyStore } from '../infrastructure/http/idempotency/idempotency-store.js';
import type { BankServer } from '../infrastructure/payments/grpc/bank-server.js';
import type { KeyFor } from './keys.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(name);

/** What the container holds, by what it does. */
export const tokens = {
  log: token<Logger>('log'),
  registry: token<Registry>('registry'),
  clock: token<Clock>('clock'),
  ids: token<Ids>('ids'),
  keys: token<KeyFor>('keys'),
  catalogue: token<EventCatalogue>('catalogue'),
  eventStore: token<EventStore & BacklogSource>('eventStore'),
  feed: token<Feed>('feed'),
  park: token<Park>('park'),
  views: token<ViewStore>('views'),
  idempotency: token<IdempotencyStore>('idempotency'),
  snapshots: token<Snapshots>('snapshots'),
  mailboxes: token<Mailboxes>('mailboxes'),
  progress: token<ViewProgress>('progress'),
  projectors: token<readonly Projector[]>('projectors'),
  bankKey: token<BankKey>('bankKey'),
  cardPayments: token<CardPayments>('cardPayments'),
  cardIssuing: token<CardIssuing>('cardIssuing'),
  openTransactions: token<OpenTransactions>('openTransactions'),
  bankServer: token<BankServer>('bankServer'),
  bank: token<Bank & { close(): void }>('bank'),
  sales: token<Sales>('sales'),
  orders: token<Orders>('orders'),
  purchases: token<Purchases>('purchases'),
  tickets: token<Tickets>('tickets'),
  ticketSecrets: token<TicketSecrets>('ticketSecrets'),
  purchaseWorker: token<PurchaseWorker>('purchaseWorker'),
  cursors: token<Cursors>('cursors'),
  saleQueries: token<SaleQueries>('saleQueries'),
  orderQueries: token<OrderQueries>('orderQueries'),
  ticketQueries: token<TicketQueries>('ticketQueries'),
  statements: token<StatementQueries>('statements'),
  deliveries: token<DeliveryQueries>('deliveries'),
  readYourWrites: token<ReadYourWrites>('readYourWrites'),
};
