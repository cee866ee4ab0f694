import { expect } from 'chai';
import fc from 'fast-check';
import { ticket } from '../../../src/domain/ticketing/ticket.js';
import type { TicketCommand } from '../../../src/domain/ticketing/ticket-commands.js';
import type { TicketEvent } from '../../../src/domain/ticketing/ticket-events.js';
import { type TicketState, ticketOf } from '../../../src/domain/ticketing/ticket-state.js';
import { afterTwice, fold, outcomeOf } from '../../support/decider.js';

const now = 5_000;
const ana = { email: 'ana@example.org', name: 'Ana' };
const rui = { email: 'rui@example.org', name: 'Rui' };
const admission = { ticketId: 't-1', saleId: 's-1', orderId: 'o-1', holder: ana, issuedAt: 1_000 };

const issued: TicketEvent = { type: 'TicketIssued', data: admission };
const cameIn: TicketEvent = { type: 'TicketCheckedIn', data: { nonce: 'n-1', checkedInAt: now } };
const wentOut: TicketEvent = { type: 'TicketCheckedOut', data: { nonce: 'n-2', checkedOutAt: now } };
const handed: TicketEvent = { type: 'TicketTransferred', data: { to: rui, generation: 2, transferredAt: now } };
const blocked: TicketEvent = { type: 'TicketBlocked', data: { reason: 'lost', blockedAt: now } };
const unblocked: TicketEvent = { type: 'TicketUnblocked', data: { unblockedAt: now } };
const revoked: TicketEvent = { type: 'TicketRevoked', data: { reason: 'fraud', revokedAt: now } };
const cancelled: TicketEvent = { type: 'TicketCancelled', data: { refundId: 'r-1', cancelledAt: now } };
const reinstated: TicketEvent = {
  type: 'TicketReinstated',
  data: { refundId: 'r-1', status: 'issued', reinstatedAt: now },
};
const refunded: TicketEvent = { type: 'TicketRefunded', data: { refundId: 'r-1', refundedAt: now } };
const returned: TicketEvent = { type: 'TicketReturned', data: { returnedAt: now } };

const stories = {
  none: [],
  issued: [issued],
  inside: [issued, cameIn],
  outside: [issued, cameIn, wentOut],
  blocked: [issued, blocked],
  revoked: [issued, revoked],
  cancelled: [issued, cancelled],
  refunded: [issued, cancelled, refunded],
  returned: [issued, cancelled, refunded, returned],
} satisfies Record<string, readonly TicketEvent[]>;

type State = keyof typeof stories;

const commands = {
  Issue: { type: 'Issue', ...admission },
  CheckIn: { type: 'CheckIn', gateId: 'g-1', saleIds: ['s-1'], nonce: 'new', now },
  CheckOut: { type: 'CheckOut', gateId: 'g-1', saleIds: ['s-1'], nonce: 'new', now },
  Transfer: { type: 'Transfer', to: rui, now },
  Block: { type: 'Block', reason: 'lost', now },
  Unblock: { type: 'Unblock', now },
  Revoke: { type: 'Revoke', reason: 'fraud', now },
  Cancel: { type: 'Cancel', refundId: 'r-9', now },
  Reinstate: { type: 'Reinstate', refundId: 'r-1', now },
  MarkRefunded: { type: 'MarkRefunded', refundId: 'r-1', now },
  MarkReturned: { type: 'MarkReturned', now },
} as const satisfies Readonly<Record<TicketCommand['type'], TicketCommand>>;

const none = 'ticket_unknown';
const givenBack = { cancelled: 'ticket_cancelled', refunded: 'ticket_cancelled', returned: 'ticket_cancelled' };
const ended = { none, revoked: 'ticket_revoked', ...givenBack };
const unusable = { ...ended, blocked: 'ticket_blocked' };
const notRefunded = 'not_refunded';
const neverCancelled = {
  none,
  issued: notRefunded,
  inside: notRefunded,
  outside: notRefunded,
  blocked: notRefunded,
  revoked: notRefunded,
};
const transferred = 'TicketTransferred';
const inside = 'already_inside';

/** What each command leads to in each state. */
const outcomes: Readonly<Record<TicketCommand['type'], Readonly<Record<State, string>>>> = {
  Issue: {
    none: 'TicketIssued',
    issued: '-',
    inside: '-',
    outside: '-',
    blocked: '-',
    revoked: '-',
    cancelled: '-',
    refunded: '-',
    returned: '-',
  },
  CheckIn: { ...unusable, issued: 'TicketCheckedIn', inside, outside: 'TicketCheckedIn' },
  CheckOut: { ...unusable, issued: 'not_inside', inside: 'TicketCheckedOut', outside: 'not_inside' },
  Transfer: { ...unusable, issued: transferred, inside, outside: transferred },
  Block: { ...ended, issued: 'TicketBlocked', inside, outside: 'TicketBlocked', blocked: '-' },
  Unblock: { ...ended, issued: '-', inside: '-', outside: '-', blocked: 'TicketUnblocked' },
  Revoke: {
    ...ended,
    issued: 'TicketRevoked',
    inside,
    outside: 'TicketRevoked',
    blocked: 'TicketRevoked',
    revoked: '-',
  },
  Cancel: {
    ...ended,
    issued: 'TicketCancelled',
    inside,
    outside: inside,
    blocked: 'TicketCancelled',
    cancelled: 'TicketCancelled',
  },
  Reinstate: {
    none,
    issued: '-',
    inside: '-',
    outside: '-',
    blocked: '-',
    revoked: '-',
    cancelled: 'TicketReinstated',
    refunded: '-',
    returned: '-',
  },
  MarkRefunded: { ...neverCancelled, cancelled: 'TicketRefunded', refunded: '-', returned: '-' },
  MarkReturned: { ...neverCancelled, cancelled: notRefunded, refunded: 'TicketReturned', returned: '-' },
};

/** Where an event leads that can have happened; all others are ignored. */
const leads: Readonly<Record<State, Partial<Record<TicketEvent['type'], string>>>> = {
  none: { TicketIssued: 'issued' },
  issued: {
    TicketCheckedIn: 'inside',
    TicketTransferred: 'issued',
    TicketBlocked: 'blocked',
    TicketRevoked: 'revoked',
    TicketCancelled: 'cancelled',
  },
  inside: { TicketCheckedOut: 'issued' },
  outside: {
    TicketCheckedIn: 'inside',
    TicketTransferred: 'issued',
    TicketBlocked: 'blocked',
    TicketRevoked: 'revoked',
    TicketCancelled: 'cancelled',
  },
  blocked: { TicketUnblocked: 'issued', TicketRevoked: 'revoked', TicketCancelled: 'cancelled' },
  revoked: {},
  cancelled: { TicketCancelled: 'cancelled', TicketReinstated: 'issued', TicketRefunded: 'refunded' },
  refunded: { TicketReturned: 'returned' },
  returned: {},
};

const names = Object.keys(stories) as State[];

describe('states of a ticket', () => {
  for (const name of names) {
    it(`${name}: every command has its outcome, and twice adds nothing`, () => {
      for (const command of Object.values(commands)) {
        expect(outcomeOf(ticket, stories[name], command), command.type).to.equal(outcomes[command.type][name]);
        afterTwice(ticket, stories[name], command);
      }
    });

    it(`${name}: an event that can not have happened is ignored`, () => {
      const before = fold(ticket, stories[name]);
      for (const event of [
        issued,
        cameIn,
        wentOut,
        handed,
        blocked,
        unblocked,
        revoked,
        cancelled,
        reinstated,
        refunded,
        returned,
      ]) {
        const after = fold(ticket, [...stories[name], event]);
        const lead = leads[name][event.type];
        if (lead === undefined) expect(after, event.type).to.deep.equal(before);
        else expect(after.status, event.type).to.equal(lead);
      }
    });
  }
});

/** A ticket as a doorman would keep it in mind. */
interface Model {
  status: string;
  secret: number;
  wasUsed: boolean;
  wasBlocked: boolean;
  /** The one refund of this story has failed: it can't cancel the ticket again. */
  hasFailed: boolean;
}
interface Real {
  state: TicketState;
  readonly events: TicketEvent[];
}

type Rule = (model: Model) => Partial<Model> | undefined;
const isAt = (...statuses: readonly string[]) => ({
  to: (change: (model: Model) => Partial<Model>): Rule => {
    return (model) => (statuses.includes(model.status) ? change(model) : undefined);
  },
});

/** What each command changes, where it may; elsewhere it changes nothing. */
const rules: Readonly<Record<Exclude<TicketCommand['type'], 'Issue'>, Rule>> = {
  CheckIn: isAt('issued').to(() => ({ status: 'inside', wasUsed: true })),
  CheckOut: isAt('inside').to(() => ({ status: 'issued' })),
  Transfer: isAt('issued').to(({ secret }) => ({ secret: secret + 1 })),
  Block: isAt('issued').to(() => ({ status: 'blocked' })),
  Unblock: isAt('blocked').to(() => ({ status: 'issued' })),
  Revoke: isAt('issued', 'blocked').to(() => ({ status: 'revoked' })),
  Cancel: isAt('issued', 'blocked').to(({ wasUsed, hasFailed, status }) =>
    wasUsed || hasFailed ? { status } : { status: 'cancelled', wasBlocked: status === 'blocked' },
  ),
  Reinstate: isAt('cancelled').to(({ wasBlocked }) => ({ status: wasBlocked ? 'blocked' : 'issued', hasFailed: true })),
  MarkRefunded: isAt('cancelled').to(() => ({ status: 'refunded' })),
  MarkReturned: isAt('refunded').to(() => ({ status: 'returned' })),
};

let scans = 0;
const step = (type: keyof typeof rules): fc.Command<Model, Real> => ({
  check: () => true,
  run: (model, real) => {
    scans++;
    const to = { email: `holder-${model.secret + 1}@example.org`, name: 'Holder' };
    const scan = { gateId: 'g-1', saleIds: ['s-1'], nonce: `scan-${scans}` };
    const all = { ...scan, to, reason: 'why', refundId: 'r-1', now };
    const { events = [] } = ticket.decide({ type, ...all }, real.state);
    for (const event of events) real.state = ticket.evolve(real.state, event);
    real.events.push(...events);
    Object.assign(model, rules[type](model));
    const found = ticketOf(real.state);
    expect([found?.status, found?.generation, found?.wasInside]).to.deep.equal([
      model.status,
      model.secret,
      model.wasUsed,
    ]);
  },
  toString: () => type,
});

describe('life of a ticket', () => {
  it('follows a simple model whatever is done to it, and is what its events say', () => {
    const types = Object.keys(rules) as (keyof typeof rules)[];
    const steps = types.map((type) => fc.constant(step(type)));
    fc.assert(
      fc.property(fc.commands(steps, { maxCommands: 40 }), (script) => {
        const real: Real = { state: fold(ticket, [issued]), events: [issued] };
        fc.modelRun(
          () => ({ model: { status: 'issued', secret: 1, wasUsed: false, wasBlocked: false, hasFailed: false }, real }),
          script,
        );
        expect(fold(ticket, real.events), 'replay').to.deep.equal(real.state);
      }),
      { numRuns: 300 },
    );
  });
});
