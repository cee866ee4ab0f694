import { expect } from 'chai';
import { order } from '../../../src/domain/ticketing/order.js';
import type { OrderCommand } from '../../../src/domain/ticketing/order-commands.js';
import type { OrderEvent } from '../../../src/domain/ticketing/order-events.js';
import { purchase } from '../../../src/domain/ticketing/purchase.js';
import { afterTwice, fold, outcomeOf } from '../../support/decider.js';
import {
  abandoned,
  actionRequired,
  answer,
  answers,
  askRefund,
  authorised,
  cancelled,
  captured,
  confirmed,
  declined,
  expired,
  fulfilled,
  issued,
  lost,
  now,
  pay,
  payEndsAt,
  place,
  placed,
  refundAsked,
  refundPaid,
  refundRefused,
  reversed,
  type Story,
  started,
  stories,
  storyNames,
  ticketIds,
  unknown,
} from '../../support/order-story.js';

const commands = {
  Place: place,
  Extend: { type: 'Extend', expiresAt: 999_000, now },
  StartPayment: pay('p-2'),
  authorised: answer('p-1', answers.authorised),
  declined: answer('p-1', answers.declined),
  actionRequired: answer('p-1', answers.actionRequired),
  unknown: answer('p-1', { ...answers.unknown, inquireAt: 99_000 }),
  captured: answer('p-1', answers.captured),
  reversed: answer('p-1', answers.reversed),
  Abandon: { type: 'Abandon', transactionId: 'p-1', now },
  GiveUpPayment: { type: 'GiveUpPayment', transactionId: 'p-1', now },
  ConfirmPlaces: { type: 'ConfirmPlaces', ticketIds, now },
  LosePlaces: { type: 'LosePlaces', transactionId: 'p-1', now },
  MarkIssued: { type: 'MarkIssued', now },
  Expire: { type: 'Expire', now },
  Cancel: { type: 'Cancel', now },
  RequestRefund: askRefund('r-9'),
  RecordRefund: { type: 'RecordRefund', refundId: 'r-1', now },
  RequestReturn: { type: 'RequestReturn', returnId: 'x-1', ticketIds: ['t-1'], now },
  RecordReturn: { type: 'RecordReturn', returnId: 'x-1', now },
  CallHuman: { type: 'RequestReview', reason: 'stuck', now },
  DismissHuman: { type: 'ResolveReview', by: 'Rita', note: 'called', now },
} as const satisfies Readonly<Record<string, OrderCommand>>;
type CommandName = keyof typeof commands;

/** One outcome for several states. */
const each = <const Name extends string>(outcome: string, ...names: readonly Name[]): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, outcome])) as Record<Name, string>;

const unpaid = ['placed', 'declined', 'reversed'] as const;
const wanted = ['started', 'actionRequired', 'unknown'] as const;
const open = [...wanted, 'abandoned'] as const;
const paid = ['authorised', 'lost', 'confirmed', 'issued'] as const;
const given = ['fulfilled', 'refunding', 'refundRefused', 'partlyRefunded', 'refunded'] as const;
const over = ['expired', 'cancelled'] as const;
const freeOpen = ['freePlaced', 'freeConfirmed'] as const;
const freeGiven = ['freeFulfilled', 'freePartlyRefunded', 'freeRefunded'] as const;
const free = [...freeOpen, ...freeGiven, 'freeExpired'] as const;
const all = ['placed', 'declined', 'reversed', ...open, ...paid, ...given, ...over, ...free] as const;
const none = 'order_unknown';
const notWaiting = 'not_waiting_for_this';

/** An answer for a payment that nobody started. */
const noPayment = each(notWaiting, 'placed', 'expired', 'cancelled', ...free);
const answered = { none, ...noPayment, ...each('-', 'declined', 'reversed', ...paid, ...given) };

/** What each command leads to in each state. */
const outcomes: Readonly<Record<CommandName, Readonly<Record<Story, string>>>> = {
  Place: { none: 'OrderPlaced', ...each('-', ...all) },
  Extend: {
    none,
    ...each('not_extendable', ...open, ...paid, ...given, ...over, ...free),
    ...each('OrderExtended', ...unpaid),
  },
  StartPayment: {
    none,
    ...each('PaymentStarted', ...unpaid),
    ...each('payment_in_progress', ...open),
    ...each('already_paid', ...paid, ...given),
    expired: 'hold_lapsed',
    cancelled: 'order_cancelled',
    ...each('nothing_to_pay', ...free),
  },
  authorised: { ...answered, ...each('PaymentAuthorised', ...wanted), abandoned: '-' },
  declined: { ...answered, ...each('PaymentDeclined', ...open) },
  actionRequired: {
    ...answered,
    ...each('PaymentActionRequired', 'started', 'unknown'),
    ...each('-', 'actionRequired', 'abandoned'),
  },
  unknown: { ...answered, ...each('PaymentOutcomeUnknown', ...open) },
  captured: { ...answered, ...each('-', ...open), issued: 'PaymentCaptured + OrderFulfilled' },
  Abandon: { ...answered, ...each('PaymentAbandoned', ...wanted), abandoned: '-' },
  GiveUpPayment: {
    none,
    ...each('payment_unknown', 'placed', 'expired', 'cancelled', ...free),
    actionRequired: 'PaymentAbandoned',
    ...each('payment_in_progress', 'started', 'unknown'),
    ...each('-', 'abandoned', 'declined', 'reversed'),
    ...each('already_paid', ...paid, ...given),
  },
  reversed: { ...answered, ...each('PaymentReversed', ...open), lost: 'PaymentReversed + OrderExpired' },
  ConfirmPlaces: {
    none,
    ...each(notWaiting, ...unpaid, ...open, ...over, 'lost', 'freeExpired'),
    ...each('PlacesConfirmed', 'authorised', 'freePlaced'),
    ...each('-', 'confirmed', 'issued', ...given, 'freeConfirmed', ...freeGiven),
  },
  LosePlaces: { none, ...each(notWaiting, ...all), authorised: 'PlacesLost', lost: '-' },
  MarkIssued: {
    none,
    ...each(notWaiting, ...unpaid, ...open, ...over, 'authorised', 'lost', 'freePlaced', 'freeExpired'),
    confirmed: 'TicketsIssued',
    freeConfirmed: 'TicketsIssued + OrderFulfilled',
    ...each('-', 'issued', ...given, ...freeGiven),
  },
  Expire: { none, ...each('-', ...all), ...each('OrderExpired', ...unpaid, 'freePlaced') },
  Cancel: {
    none,
    ...each('OrderCancelled', ...unpaid),
    ...each('not_cancellable', ...open, ...paid, ...given, 'expired', ...free),
    cancelled: '-',
  },
  RequestRefund: {
    none,
    ...each('not_refundable', ...unpaid, ...open, ...paid, ...over, 'refunded', ...free),
    ...each('RefundRequested', 'fulfilled', 'refunding', 'refundRefused', 'partlyRefunded'),
    ...each('RefundRequested', 'freeFulfilled', 'freePartlyRefunded'),
  },
  RecordRefund: {
    none,
    ...each(notWaiting, ...unpaid, ...open, ...paid, ...over, 'fulfilled', ...free),
    refunding: 'RefundPaid',
    ...each('-', 'refundRefused', 'partlyRefunded', 'refunded', 'freePartlyRefunded', 'freeRefunded'),
  },
  RequestReturn: {
    none,
    ...each('unknown_tickets', ...unpaid, ...open, 'authorised', 'lost', ...over, 'freePlaced', 'freeExpired'),
    ...each('not_refunded', 'confirmed', 'issued', 'fulfilled', 'refunding', 'refundRefused'),
    ...each('not_refunded', 'freeConfirmed', 'freeFulfilled'),
    ...each('ReturnRequested', 'partlyRefunded', 'refunded', 'freePartlyRefunded', 'freeRefunded'),
  },
  RecordReturn: { none, ...each('-', ...all) },
  CallHuman: { none, ...each('HumanNeeded', ...all) },
  DismissHuman: { none, ...each('-', ...all) },
};

/** Every event that a command of these stories can make, with the states that it can have happened in. */
const possible: readonly (readonly [OrderEvent, readonly Story[]])[] = [
  [placed, ['none']],
  [{ type: 'OrderExtended', data: { expiresAt: 999_000, extendedAt: now } }, unpaid],
  [started('p-2'), unpaid],
  [started('p-1'), ['placed']],
  [actionRequired('p-1'), ['started', 'unknown']],
  [unknown('p-1', 9), open],
  [authorised('p-1'), wanted],
  [abandoned('p-1'), wanted],
  [declined('p-1'), open],
  [reversed('p-1', 'places_lost'), [...open, 'lost']],
  [authorised('p-9'), []],
  [confirmed, ['authorised', 'freePlaced']],
  [lost, ['authorised']],
  [issued, ['confirmed', 'freeConfirmed']],
  [captured, ['issued']],
  [fulfilled, []],
  [expired(), [...unpaid, 'freePlaced']],
  [cancelled, unpaid],
  [refundAsked('r-9', 1), [...given, ...freeGiven]],
  [refundPaid('r-1'), ['refunding']],
  [refundRefused('r-1'), ['refunding']],
  [refundPaid('r-9'), []],
];

describe('states of an order', () => {
  for (const name of storyNames) {
    it(`${name}: every command has its outcome, and twice adds nothing`, () => {
      for (const [command, body] of Object.entries(commands) as [CommandName, OrderCommand][]) {
        expect(outcomeOf(order, stories[name], body), command).to.equal(outcomes[command][name]);
        afterTwice(order, stories[name], body);
      }
    });

    it(`${name}: an event that can not have happened is ignored`, () => {
      const before = fold(order, stories[name]);
      for (const [event, names] of possible) {
        const state = fold(order, [...stories[name], event]);
        if (names.includes(name)) expect(state, event.type).to.not.deep.equal(before);
        else expect(state, event.type).to.deep.equal(before);
      }
    });
  }

  it('tell the status that readers see', () => {
    const statuses = Object.fromEntries(storyNames.map((name) => [name, fold(order, stories[name]).status]));
    expect(statuses).to.deep.equal({
      none: 'none',
      ...each('awaiting_payment', ...unpaid),
      started: 'pending',
      actionRequired: 'action_required',
      ...each('checking', 'unknown', 'abandoned'),
      ...each('paid', ...paid, ...freeOpen),
      ...each('fulfilled', 'fulfilled', 'refunding', 'refundRefused', 'freeFulfilled'),
      ...each('partially_refunded', 'partlyRefunded', 'freePartlyRefunded'),
      ...each('refunded', 'refunded', 'freeRefunded'),
      ...each('expired', 'expired', 'freeExpired'),
      cancelled: 'cancelled',
    });
  });
});

describe('next effects of a purchase', () => {
  const effectsOf = (story: readonly OrderEvent[], at: number) => purchase.next(fold(order, story), at);
  const effects: Partial<Record<Story, readonly string[]>> = {
    started: ['keep places', 'authorise'],
    authorised: ['confirm'],
    confirmed: ['issue'],
    issued: ['capture'],
    lost: ['reverse'],
    abandoned: ['reverse'],
    freePlaced: ['confirm'],
    freeConfirmed: ['issue'],
  };

  for (const name of storyNames) {
    if (name === 'unknown' || name === 'actionRequired' || name === 'refunding') continue;
    it(`${name}: ${effects[name]?.join(', then ') ?? 'rest'}`, () => {
      const isUnpaid = (unpaid as readonly string[]).includes(name);
      for (const at of [now, payEndsAt + 1]) {
        const found = effectsOf(stories[name], at);
        const due = isUnpaid && found.length > 0 ? ['expire'] : (effects[name] ?? []);
        expect(found.map((effect) => effect.do)).to.deep.equal(due);
        for (const effect of found) {
          const payment = name.startsWith('free') ? undefined : 'p-1';
          if ('purchase' in effect) expect(effect.purchase.payment?.transactionId).to.equal(payment);
        }
      }
    });
  }

  it('unpaid: expires when the time to pay is over, and not before', () => {
    const { expiresAt } = placed.type === 'OrderPlaced' ? placed.data : { expiresAt: 0 };
    expect(effectsOf(stories.placed, expiresAt - 1)).to.deep.equal([]);
    expect(effectsOf(stories.placed, expiresAt)).to.deep.equal([{ do: 'expire', orderId: 'o-1', saleId: 's-1' }]);
  });

  it('started: asks the bank at once where the places are kept long enough', () => {
    const extended = { type: 'OrderExtended', data: { expiresAt: payEndsAt, extendedAt: now } } as const;
    const story = [...stories.placed, extended, started('p-1')];
    expect(effectsOf(story, now).map((effect) => effect.do)).to.deep.equal(['authorise']);
  });

  it('unknown or waiting for the holder: waits, asks, and in the end abandons', () => {
    for (const [story, inquireAt, giveUpAt] of [
      [stories.unknown, 11_000, payEndsAt],
      [stories.actionRequired, 12_000, 600_000],
      [[...stories.actionRequired, unknown('p-1', 1, 13_000)], 13_000, payEndsAt],
    ] as const) {
      const doneAt = (at: number) => effectsOf(story, at).map((effect) => effect.do);
      expect(doneAt(inquireAt - 1)).to.deep.equal([]);
      expect([doneAt(inquireAt), doneAt(giveUpAt - 1), doneAt(giveUpAt)]).to.deep.equal([
        ['inquire'],
        ['inquire'],
        ['abandon'],
      ]);
    }
  });

  it('refunding: each refund that was asked for, the oldest first', () => {
    const two = [...stories.refunding, refundAsked('r-2', 500)];
    const [step] = effectsOf(two, now);
    expect(step?.do === 'refund' && step.refund).to.deep.include({ refundId: 'r-1', ticketIds: ['t-1'] });
    const [next] = effectsOf([...two, refundRefused('r-1')], now);
    expect(next?.do === 'refund' && next.refund).to.deep.include({ refundId: 'r-2' });
  });

  it('the second attempt to pay is taken up, not the declined first', () => {
    const [, second] = effectsOf([...stories.declined, started('p-2')], now);
    expect(second?.do === 'authorise' && second.purchase.payment.transactionId).to.equal('p-2');
  });
});

describe('due times of a purchase', () => {
  const { timer } = purchase;
  const dueAt = (story: readonly OrderEvent[]) =>
    timer.dueAt(story.reduce((times, event) => timer.evolve(times, event), timer.initialState()));

  it('are there where there is something to do by itself, and never before it', () => {
    for (const name of storyNames) {
      const due = dueAt(stories[name]);
      const state = fold(order, stories[name]);
      const isOver = [...over, ...given, ...freeGiven, 'freeExpired', 'none'].includes(name) && name !== 'refunding';
      expect(due === undefined, name).to.equal(isOver);
      if (typeof due === 'number') expect(purchase.next(state, due), name).to.not.deep.equal([]);
    }
  });

  it('of refunds are each their own', () => {
    const two = [...stories.refunding, refundAsked('r-2', 500)];
    expect(dueAt(two)).to.be.a('number');
    expect(dueAt([...two, refundRefused('r-1')])).to.be.a('number');
    expect(dueAt([...two, refundRefused('r-1'), refundPaid('r-2')])).to.equal(undefined);
  });
});
