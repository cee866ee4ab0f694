import { ContainerModule } from 'inversify';
import { CommandHandler } from '../../application/command-handler.js';
import { DueProcesses } from '../../application/processes/due-processes.js';
import { ProcessRunner } from '../../application/processes/process-runner.js';
import { SealingKey } from '../../application/sealing-key.js';
import { Orders } from '../../application/ticketing/orders.js';
import { Purchases } from '../../application/ticketing/purchases.js';
import { saleEffects } from '../../application/ticketing/sale-effects.js';
import { Sales } from '../../application/ticketing/sales.js';
import { TicketSecrets } from '../../application/ticketing/ticket-secrets.js';
import { Tickets } from '../../application/ticketing/tickets.js';
import { saleSchedule } from '../../domain/ticketing/sale-schedule.js';
import { tokens as t } from '../tokens.js';

/** Sales, orders, tickets and the purchase. */
export const ticketingModule = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(Sales).toResolvedValue((handler, clock) => new Sales(handler, clock), [CommandHandler, t.clock]);
    bind(Orders).toResolvedValue(
      (handler, clock, purchases) => new Orders(handler, clock, purchases.runner),
      [CommandHandler, t.clock, Purchases],
    );
    bind(Purchases).toResolvedValue(
      (handler, bank, clock, ids, cardTokens) => new Purchases(handler, bank, clock, ids, cardTokens),
      [CommandHandler, t.bank, t.clock, t.ids, t.cardTokens],
    );
    bind(t.cardTokens).toResolvedValue((keys) => new SealingKey(keys('payments')), [t.keys]);
    bind(TicketSecrets).toResolvedValue((keys) => new TicketSecrets(...keys('tickets')), [t.keys]);
    bind(Tickets).toResolvedValue(
      (handler, clock, secrets) => new Tickets(handler, clock, secrets),
      [CommandHandler, t.clock, TicketSecrets],
    );
    bind(t.ticketingProcesses).toResolvedValue(
      (views, purchases, handler, clock, ids, log) => {
        const schedule = new ProcessRunner(saleSchedule, saleEffects(handler, clock, ids), handler, clock);
        const onFault = (what: string, err: unknown): void => log.error({ what, err }, 'a step of a process failed');
        return new DueProcesses({ views, runners: [purchases.runner, schedule], clock, onFault });
      },
      [t.views, Purchases, CommandHandler, t.clock, t.ids, t.log],
    );
  });
