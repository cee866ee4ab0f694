import { ContainerModule } from 'inversify';
import { CommandHandler } from '../../application/command-handler.js';
import { Orders } from '../../application/ticketing/orders.js';
import { PurchaseWorker } from '../../application/ticketing/purchase-worker.js';
import { Purchases } from '../../application/ticketing/purchases.js';
import { Sales } from '../../application/ticketing/sales.js';
import { TicketSecrets } from '../../application/ticketing/ticket-secrets.js';
import { Tickets } from '../../application/ticketing/tickets.js';
import { tokens as t } from '../tokens.js';

/** Sales, orders, tickets and the purchase. */
export const ticketingModule = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(Sales).toResolvedValue((handler, clock) => new Sales(handler, clock), [CommandHandler, t.clock]);
    bind(Orders).toResolvedValue(
      (handler, clock, ids) => new Orders(handler, clock, ids),
      [CommandHandler, t.clock, t.ids],
    );
    bind(Purchases).toResolvedValue(
      (handler, bank, clock, ids) => new Purchases(handler, bank, clock, ids),
      [CommandHandler, t.bank, t.clock, t.ids],
    );
    bind(TicketSecrets).toResolvedValue((keys) => new TicketSecrets(keys('tickets')), [t.keys]);
    bind(Tickets).toResolvedValue(
      (handler, clock, secrets) => new Tickets(handler, clock, secrets),
      [CommandHandler, t.clock, TicketSecrets],
    );
    bind(PurchaseWorker).toResolvedValue(
      (views, commandHandler, purchases, clock, ids, log) =>
        new PurchaseWorker({
          views,
          commandHandler,
          purchases,
          clock,
          ids,
          onFault: (what, err) => log.error({ what, err }, 'the purchase worker could not go on'),
        }),
      [t.views, CommandHandler, Purchases, t.clock, t.ids, t.log],
    );
  });
