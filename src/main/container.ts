import 'reflect-metadata';
import { Container } from 'inversify';
import type { Logger } from 'pino';
import { BankKey } from '../application/banking/bank-key.js';
import { CardPayments } from '../application/banking/card-payments.js';
import { CardIssuing } from '../application/banking/issue-card.js';
import { OpenTransactions } from '../application/banking/open-transactions.js';
import { StatementQueries } from '../application/banking/statement-queries.js';
import { Cursors } from '../application/cursor.js';
import { DeliveryQueries } from '../application/feed/delivery-queries.js';
import { Mailboxes } from '../application/mailbox.js';
import type { EventStore } from '../application/ports/event-store.js';
import { OrderQueries } from '../application/ticketing/order-queries.js';
import { Orders } from '../application/ticketing/orders.js';
import { PurchaseWorker } from '../application/ticketing/purchase-worker.js';
import { Purchases } from '../application/ticketing/purchases.js';
import { SaleQueries } from '../application/ticketing/sale-queries.js';
import { Sales } from '../application/ticketing/sales.js';
import { TicketQueries } from '../application/ticketing/ticket-queries.js';
import { TicketSecrets } from '../application/ticketing/ticket-secrets.js';
import { Tickets } from '../application/ticketing/tickets.js';
import { ViewProgress } from '../application/views/view-progress.js';
import { EmbeddedAnswerStore } from '../infrastructure/answers/embedded/embedded-answer-store.js';
import { systemClock } from '../infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../infrastructure/event-store/embedded/embedded-event-store.js';
import { ReadOnlyEventStore } from '../infrastructure/event-store/embedded/read-only-event-store.js';
import { type BacklogSource, EmbeddedFeed } from '../infrastructure/feed/embedded/embedded-feed.js';
import { EmbeddedPark } from '../infrastructure/feed/embedded/embedded-park.js';
import { Reading } from '../infrastructure/http/api/reading.js';
import { uuidIds } from '../infrastructure/ids/uuid-ids.js';
import { createLog } from '../infrastructure/observability/log.js';
import { createRegistry } from '../infrastructure/observability/metrics.js';
import { GrpcBank } from '../infrastructure/payments/grpc/bank-client.js';
import { serveBank } from '../infrastructure/payments/grpc/bank-server.js';
import { EmbeddedSnapshots } from '../infrastructure/snapshots/embedded/embedded-snapshots.js';
import { EmbeddedViewStore } from '../infrastructure/views/embedded/embedded-view-store.js';
import { openCatalogue } from './catalogue.js';
import { CrashPoints } from './crash-points.js';
import { domainShape } from './domain-shape.js';
import { openKeys } from './keys.js';
import { createProjectors, partitions } from './projectors.js';
import { type Role, writesEvents } from './roles.js';
import type { Settings } from './settings.js';
import { tokens as t } from './tokens.js';

/** Everything of the platform as one process has it: made when it is first asked for, and once. */
export const createContainer = (settings: Settings, roles: ReadonlySet<Role>): Container => {
  const container = new Container({ defaultScope: 'Singleton' });
  bindGround(container, settings);
  bindStorage(container, settings, roles);
  bindBanking(container, settings, roles);
  bindTicketing(container);
  bindReads(container);
  return container;
};

const bindGround = (container: Container, { logLevel, folder, key }: Settings): void => {
  container.bind(t.log).toResolvedValue(() => createLog({ level: logLevel }), []);
  container.bind(t.registry).toResolvedValue(createRegistry, []);
  container.bind(t.clock).toConstantValue(systemClock);
  container.bind(t.ids).toConstantValue(uuidIds);
  container.bind(t.keys).toResolvedValue(() => openKeys(folder, key), []);
  container.bind(t.catalogue).toResolvedValue(openCatalogue, []);
};

const bindStorage = (container: Container, { folder, crashAt }: Settings, roles: ReadonlySet<Role>): void => {
  const points = new CrashPoints(crashAt);
  container
    .bind(t.eventStore)
    .toResolvedValue(
      async (clock): Promise<EventStore & BacklogSource> =>
        writesEvents(roles)
          ? points.eventStore(await EmbeddedEventStore.open({ folder, clock }))
          : new ReadOnlyEventStore(folder),
      [t.clock],
    );
  container.bind(t.feed).toResolvedValue(
    (store, clock, log) =>
      points.feed(
        new EmbeddedFeed({
          store,
          folder,
          clock,
          onFailure: (group, err, attempt) => log.warn({ group, attempt, err }, 'a reader could not take a batch'),
        }),
      ),
    [t.eventStore, t.clock, t.log],
  );
  container.bind(t.park).toResolvedValue(() => new EmbeddedPark(folder), []);
  container.bind(t.views).toResolvedValue(
    (log) =>
      EmbeddedViewStore.open({
        folder,
        readOnly: !roles.has('projector'),
        onDamage: (reason) => log.warn({ reason }, 'the views are made anew'),
      }),
    [t.log],
  );
  container
    .bind(t.answers)
    .toResolvedValue(
      async (clock, log) =>
        points.answers(
          await EmbeddedAnswerStore.open(folder, clock, { onTrouble: (what, err) => log.warn({ err }, what) }),
        ),
      [t.clock, t.log],
    );
  container.bind(t.snapshots).toResolvedValue(
    (clock, log) =>
      new EmbeddedSnapshots({
        folder,
        clock,
        shape: domainShape(),
        onDamage: (err) => log.warn({ err }, 'snapshots.db was damaged and begins anew'),
      }),
    [t.clock, t.log],
  );
  container.bind(t.mailboxes).toResolvedValue(
    (store, catalogue, clock, ids, snapshots, log) =>
      new Mailboxes(
        store,
        catalogue,
        clock,
        ids,
        {},
        {
          snapshots,
          onTrouble: (what, stream, err) => log.warn({ stream, err }, what),
        },
      ),
    [t.eventStore, t.catalogue, t.clock, t.ids, t.snapshots, t.log],
  );
};

const bindBanking = (container: Container, settings: Settings, roles: ReadonlySet<Role>): void => {
  const { bankAddress, bankPort, bankDeadlineMs, crashAt } = settings;
  const points = new CrashPoints(crashAt);
  container.bind(t.bankKey).toResolvedValue((keys) => new BankKey(keys('bank')), [t.keys]);
  container
    .bind(t.cardPayments)
    .toResolvedValue(
      (mailboxes, key, clock, ids) => new CardPayments(mailboxes, key, clock, ids),
      [t.mailboxes, t.bankKey, t.clock, t.ids],
    );
  container
    .bind(t.cardIssuing)
    .toResolvedValue(
      (mailboxes, key, clock) => new CardIssuing(mailboxes, key, clock),
      [t.mailboxes, t.bankKey, t.clock],
    );
  container.bind(t.openTransactions).toResolvedValue(
    (store, catalogue, payments, clock, log) =>
      new OpenTransactions(store, catalogue, payments, clock, {
        onFault: (transaction, err) => log.error({ transaction, err }, 'a transaction could not be finished'),
      }),
    [t.eventStore, t.catalogue, t.cardPayments, t.clock, t.log],
  );
  container.bind(t.bankServer).toResolvedValue(
    (payments, log) =>
      serveBank(payments, {
        host: '127.0.0.1',
        port: bankPort,
        onCall: (method, transactionId, outcome) => log.debug({ method, transactionId, outcome }, 'bank'),
        onFault: (method, err) => log.error({ method, err }, 'a call to the bank failed'),
      }),
    [t.cardPayments, t.log],
  );
  const client = (address: string, log: Logger): GrpcBank =>
    points.bank(
      new GrpcBank({
        address,
        deadlineMs: bankDeadlineMs,
        onUnanswered: (method, err) => log.warn({ method, err }, 'the bank gave no answer'),
      }),
    );
  if (bankAddress !== undefined) {
    container.bind(t.bank).toResolvedValue((log) => client(bankAddress, log), [t.log]);
  } else if (roles.has('bank')) {
    container
      .bind(t.bank)
      .toResolvedValue((log, server) => client(`127.0.0.1:${server.port}`, log), [t.log, t.bankServer]);
  }
};

const bindTicketing = (container: Container): void => {
  container.bind(t.sales).toResolvedValue((mailboxes, clock) => new Sales(mailboxes, clock), [t.mailboxes, t.clock]);
  container
    .bind(t.orders)
    .toResolvedValue((mailboxes, clock, ids) => new Orders(mailboxes, clock, ids), [t.mailboxes, t.clock, t.ids]);
  container
    .bind(t.purchases)
    .toResolvedValue(
      (mailboxes, bank, clock, ids) => new Purchases(mailboxes, bank, clock, ids),
      [t.mailboxes, t.bank, t.clock, t.ids],
    );
  container.bind(t.ticketSecrets).toResolvedValue((keys) => new TicketSecrets(keys('tickets')), [t.keys]);
  container
    .bind(t.tickets)
    .toResolvedValue(
      (mailboxes, clock, secrets) => new Tickets(mailboxes, clock, secrets),
      [t.mailboxes, t.clock, t.ticketSecrets],
    );
  container.bind(t.purchaseWorker).toResolvedValue(
    (views, mailboxes, purchases, clock, ids, log) =>
      new PurchaseWorker({
        views,
        mailboxes,
        purchases,
        clock,
        ids,
        onFault: (what, err) => log.error({ what, err }, 'the purchase worker could not go on'),
      }),
    [t.views, t.mailboxes, t.purchases, t.clock, t.ids, t.log],
  );
};

const bindReads = (container: Container): void => {
  container.bind(t.progress).toResolvedValue((views, clock) => new ViewProgress(views, clock), [t.views, t.clock]);
  container
    .bind(t.projectors)
    .toResolvedValue(
      (store, catalogue, feed, views, progress) => createProjectors({ store, catalogue, feed, views, progress }),
      [t.eventStore, t.catalogue, t.feed, t.views, t.progress],
    );
  container.bind(t.cursors).toResolvedValue((keys) => new Cursors(keys('cursors')), [t.keys]);
  container
    .bind(t.saleQueries)
    .toResolvedValue((views, cursors) => new SaleQueries(views, cursors), [t.views, t.cursors]);
  container
    .bind(t.orderQueries)
    .toResolvedValue((views, cursors) => new OrderQueries(views, cursors), [t.views, t.cursors]);
  container.bind(t.ticketQueries).toResolvedValue((views) => new TicketQueries(views), [t.views]);
  container
    .bind(t.statements)
    .toResolvedValue((views, cursors) => new StatementQueries(views, cursors), [t.views, t.cursors]);
  container
    .bind(t.deliveries)
    .toResolvedValue((store, feed, park) => new DeliveryQueries(store, feed, park), [t.eventStore, t.feed, t.park]);
  container.bind(t.reading).toResolvedValue((progress) => new Reading(progress, partitions), [t.progress]);
};
