import { ContainerModule } from 'inversify';
import { StatementQueries } from '../../application/banking/statement-queries.js';
import { Cursors } from '../../application/cursor.js';
import { EventCatalogue } from '../../application/event-catalogue.js';
import { DeliveryQueries } from '../../application/feed/delivery-queries.js';
import { OrderQueries } from '../../application/ticketing/order-queries.js';
import { SaleQueries } from '../../application/ticketing/sale-queries.js';
import { TicketQueries } from '../../application/ticketing/ticket-queries.js';
import { ViewProgress } from '../../application/views/view-progress.js';
import { ReadYourWrites } from '../../infrastructure/http/api/read-your-writes.js';
import { allModules, type Module, moduleOf, moduleOfView } from '../catalogue.js';
import { createProjectors } from '../projectors.js';
import { tokens as t } from '../tokens.js';

const places = new Map<Module | undefined, number>(allModules.map((name, place) => [name, place]));
const placeOf = (module: Module | undefined): number => places.get(module) ?? -1;

const modulePlaces = {
  ofStream: (stream: string): number => placeOf(moduleOf(stream)),
  ofView: (view: string): number => placeOf(moduleOfView(view)),
};

/** Views: those who bring them on, and those who ask them. */
export const readsModule = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(ViewProgress).toResolvedValue((views, clock) => new ViewProgress(views, clock), [t.views, t.clock]);
    bind(t.projectors).toResolvedValue(
      (store, catalogue, partitions, views, leases, progress) =>
        createProjectors({ store, catalogue, partitions, views, leases, progress }),
      [t.eventStore, EventCatalogue, t.partitions, t.views, t.leases, ViewProgress],
    );
    bind(SaleQueries).toResolvedValue((views, cursors) => new SaleQueries(views, cursors), [t.views, Cursors]);
    bind(OrderQueries).toResolvedValue((views, cursors) => new OrderQueries(views, cursors), [t.views, Cursors]);
    bind(TicketQueries).toResolvedValue((views) => new TicketQueries(views), [t.views]);
    bind(StatementQueries).toResolvedValue(
      (views, cursors) => new StatementQueries(views, cursors),
      [t.views, Cursors],
    );
    bind(DeliveryQueries).toResolvedValue(
      (store, feed, park) => new DeliveryQueries(store, feed, park),
      [t.eventStore, t.feed, t.park],
    );
    bind(ReadYourWrites).toResolvedValue(
      (progress, partitions) => new ReadYourWrites(progress, partitions, modulePlaces),
      [ViewProgress, t.partitions],
    );
  });
