import { expect } from 'chai';
import { sale } from '../../../src/domain/ticketing/sale.js';
import type { SaleCommand } from '../../../src/domain/ticketing/sale-commands.js';
import type { SaleEvent } from '../../../src/domain/ticketing/sale-events.js';
import { availability, holdOf, type SaleState, termsOf } from '../../../src/domain/ticketing/sale-state.js';
import { afterTwice, fold, outcomeOf } from '../../support/decider.js';
import {
  admission,
  announce,
  announced,
  closed,
  expiresAt,
  extended,
  held,
  heldAt,
  lapsed,
  opened,
  paused,
  placesOf,
  released,
  returned,
  seated,
  sold,
  ticketsOf,
} from '../../support/sale-story.js';

const two = placesOf('o-1', 'ana', 2);
const ticketIds = ticketsOf(two);
const now = heldAt + 1_000;
const late = expiresAt + 1;
const resized: SaleEvent = { type: 'CapacityChanged', data: { capacity: 1, changedAt: now } };
const enlarged: SaleEvent = { type: 'CapacityChanged', data: { capacity: 9, changedAt: now } };
const halfBack = returned({ ...two, quantity: 1 }, ['o-1/0']);
const allBack = returned(two, ticketIds);

const saleStories = {
  none: [],
  announced: [announced],
  open: admission,
  paused: [...admission, paused],
  closed: [...admission, closed],
} satisfies Record<string, readonly SaleEvent[]>;

const holding = [...admission, held(two)];
const placesStories = {
  unknown: admission,
  held: holding,
  lapsed: [...holding, lapsed(two, heldAt)],
  released: [...holding, released(two)],
  sold: [...holding, sold(two)],
  returned: [...holding, sold(two), allBack],
} satisfies Record<string, readonly SaleEvent[]>;

type OfSale = 'Announce' | 'Open' | 'Pause' | 'Close' | 'ChangeCapacity' | 'Hold' | 'LapseDue';
type OfPlaces = Exclude<SaleCommand['type'], 'Announce' | 'Open' | 'Pause' | 'Close' | 'ChangeCapacity'>;
type Rows<Command extends string, States> = Readonly<Record<Command, Readonly<Record<keyof States, string>>>>;

const commands: { readonly [Type in SaleCommand['type']]: SaleCommand & { readonly type: Type } } = {
  Announce: announce,
  Open: { type: 'Open', now },
  Pause: { type: 'Pause', now },
  Close: { type: 'Close', now },
  ChangeCapacity: { type: 'ChangeCapacity', capacity: 4, now },
  Hold: { type: 'Hold', ...two, now },
  Reacquire: { type: 'Reacquire', ...two, until: late, now },
  Extend: { type: 'Extend', orderId: 'o-1', now },
  Release: { type: 'Release', orderId: 'o-1', now },
  ExtendForPayment: { type: 'ExtendForPayment', orderId: 'o-1', until: late, now },
  Forgo: { type: 'Forgo', orderId: 'o-1', now },
  Confirm: { type: 'Confirm', orderId: 'o-1', ticketIds, now },
  Return: { type: 'Return', orderId: 'o-1', ticketIds, now },
  LapseDue: { type: 'LapseDue', now: late },
};

const none = 'sale_unknown';
const notOpen = 'sale_not_open';

const ofSale: Rows<OfSale, typeof saleStories> = {
  Announce: { none: 'SaleAnnounced', announced: '-', open: '-', paused: '-', closed: '-' },
  Open: { none, announced: 'SaleOpened', open: '-', paused: 'SaleOpened', closed: 'sale_closed' },
  Pause: { none, announced: notOpen, open: 'SalePaused', paused: '-', closed: 'sale_closed' },
  Close: { none, announced: 'SaleClosed', open: 'SaleClosed', paused: 'SaleClosed', closed: '-' },
  ChangeCapacity: {
    none,
    announced: 'CapacityChanged',
    open: 'CapacityChanged',
    paused: 'CapacityChanged',
    closed: 'sale_closed',
  },
  Hold: { none, announced: notOpen, open: 'PlacesHeld', paused: notOpen, closed: notOpen },
  LapseDue: { none, announced: '-', open: '-', paused: '-', closed: '-' },
};

const over = 'hold_lapsed';

const ofPlaces: Rows<OfPlaces, typeof placesStories> = {
  Hold: { unknown: 'PlacesHeld', held: '-', lapsed: over, released: over, sold: '-', returned: '-' },
  Reacquire: { unknown: over, held: '-', lapsed: 'PlacesHeld', released: over, sold: '-', returned: '-' },
  Extend: {
    unknown: over,
    held: 'HoldExtended',
    lapsed: over,
    released: over,
    sold: 'already_sold',
    returned: 'already_sold',
  },
  Release: {
    unknown: '-',
    held: 'HoldReleased',
    lapsed: '-',
    released: '-',
    sold: 'already_sold',
    returned: 'already_sold',
  },
  Forgo: {
    unknown: '-',
    held: 'HoldReleased',
    lapsed: 'PlacesForgone',
    released: '-',
    sold: 'PlacesReturned',
    returned: '-',
  },
  ExtendForPayment: { unknown: over, held: 'HoldExtended', lapsed: over, released: over, sold: '-', returned: '-' },
  Confirm: { unknown: over, held: 'PlacesSold', lapsed: over, released: over, sold: '-', returned: '-' },
  Return: {
    unknown: 'unknown_tickets',
    held: 'unknown_tickets',
    lapsed: 'unknown_tickets',
    released: 'unknown_tickets',
    sold: 'PlacesReturned',
    returned: '-',
  },
  LapseDue: { unknown: '-', held: 'HoldLapsed', lapsed: '-', released: '-', sold: '-', returned: '-' },
};

const check = (events: readonly SaleEvent[], command: SaleCommand, outcome: string): void => {
  expect(outcomeOf(sale, events, command), command.type).to.equal(outcome);
  afterTwice(sale, events, command);
};

/** All that a reader can see. */
const toJson = (state: SaleState) => [termsOf(state), availability(state), holdOf(state, 'o-1')];

const ignored = (story: readonly SaleEvent[], ...events: readonly SaleEvent[]): void => {
  for (const event of events) {
    expect(toJson(fold(sale, [...story, event])), event.type).to.deep.equal(toJson(fold(sale, story)));
  }
};

describe('states of a sale', () => {
  for (const name of Object.keys(saleStories) as (keyof typeof saleStories)[]) {
    it(`${name}: every command has its outcome, and twice adds nothing`, () => {
      for (const type of Object.keys(ofSale) as OfSale[]) {
        check(saleStories[name], commands[type], ofSale[type][name]);
      }
    });
  }

  it('unknown: nothing is decided on a sale that nobody announced', () => {
    for (const command of Object.values(commands)) if (command.type !== 'Announce') check([], command, 'sale_unknown');
  });

  for (const name of Object.keys(placesStories) as (keyof typeof placesStories)[]) {
    it(`places ${name}: every command has its outcome, and twice adds nothing`, () => {
      for (const type of Object.keys(ofPlaces) as OfPlaces[]) {
        check(placesStories[name], commands[type], ofPlaces[type][name]);
      }
    });
  }

  it('a paused or closed sale goes on with the places that it has given', () => {
    for (const end of [paused, closed]) {
      for (const type of Object.keys(ofPlaces) as OfPlaces[]) {
        for (const name of Object.keys(placesStories) as (keyof typeof placesStories)[]) {
          if (type === 'Hold' && name === 'unknown') continue;
          check([...placesStories[name], end], commands[type], ofPlaces[type][name]);
        }
      }
    }
  });

  it('an event that can not have happened is ignored', () => {
    const { unknown, held: isHeld, lapsed: isLapsed, released: isReleased, sold: isSold } = placesStories;
    const { announced: isAnnounced, closed: isClosed } = saleStories;
    ignored([], opened, paused, closed, resized, held(two), lapsed(two, late), sold(two), allBack);
    ignored(isAnnounced, announced, paused);
    ignored(isClosed, opened, paused, closed, enlarged);
    ignored(seated, enlarged);
    const ofHeld = [lapsed(two, late), released(two), extended('o-1', late, 'buyer', now), sold(two)];
    ignored(unknown, ...ofHeld, allBack);
    ignored(isHeld, held(two, now, late), resized, allBack);
    ignored(isLapsed, ...ofHeld, allBack);
    ignored(isReleased, ...ofHeld, held(two), allBack);
    ignored(isSold, ...ofHeld, held(two), resized, returned({ ...two, quantity: 1 }, ['o-9/0']));
    ignored([...isSold, halfBack], halfBack, allBack);
  });
});
