import { type CardState, evolveCard } from '../../src/domain/banking/card-account.js';
import type { CardEvent } from '../../src/domain/banking/card-events.js';
import { type Aggregate, fold, streamOf } from '../../src/domain/decider.js';
import type { DomainEvent } from '../../src/domain/event.js';
import { order } from '../../src/domain/ticketing/order.js';
import type { OrderState } from '../../src/domain/ticketing/order-state.js';
import { type TicketState, ticket } from '../../src/domain/ticketing/ticket.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import type { DurableLog } from './durable.js';

const catalogue = openCatalogue();

/** How things stand by what is durable. */
export class Standing {
  constructor(readonly log: DurableLog) {}

  order(id: string): OrderState {
    return this.#state(order, id);
  }

  ticket(id: string): TicketState {
    return this.#state(ticket, id);
  }

  card(id: string): CardState {
    return this.#state({ category: 'card', initialState: () => ({ status: 'none' }), evolve: evolveCard }, id);
  }

  /** How often something happened in a stream. */
  count(stream: string, type: CardEvent['type'] | 'TicketCheckedIn'): number {
    return this.log.of(stream).filter((event) => event.type === type).length;
  }

  #state<State, Event extends DomainEvent>(
    aggregate: Pick<Aggregate<State, never, Event, unknown>, 'category' | 'initialState' | 'evolve'>,
    id: string,
  ): State {
    const events = this.log.of(streamOf(aggregate, id)).map((stored) => catalogue.decode(stored) as Event);
    return fold(aggregate, events);
  }
}
