import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { BankKey } from '../../src/application/banking/bank-key.js';
import { BankProcesses } from '../../src/application/banking/bank-processes.js';
import { CardPayments } from '../../src/application/banking/card-payments.js';
import { type TypedCard, tokenise } from '../../src/application/banking/card-token.js';
import { CardIssuing, type IssuedCard } from '../../src/application/banking/issue-card.js';
import { CommandHandler } from '../../src/application/command-handler.js';
import { EventCatalogue } from '../../src/application/event-catalogue.js';
import type { Clock } from '../../src/application/ports/clock.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import { card } from '../../src/domain/banking/card.js';
import { type CardEvent, cardEvents } from '../../src/domain/banking/card-events.js';
import type { CardState } from '../../src/domain/banking/card-state.js';
import { transactionEvents } from '../../src/domain/banking/transaction-events.js';
import { DueInEvents } from './due-in-events.js';
import { MemoryEventStore } from './memory-event-store.js';

export const startOfTest = Date.UTC(2026, 5, 15);

/** A clock that stands still until it is moved. */
export class StillClock implements Clock {
  time = startOfTest;
  now = (): number => this.time;
  random = (): number => 0.5;
  sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
}

export const keyBytes = Buffer.alloc(32, 7);

export interface TestBank {
  readonly store: MemoryEventStore;
  readonly clock: StillClock;
  readonly key: BankKey;
  readonly commandHandler: CommandHandler;
  readonly issuing: CardIssuing;
  readonly payments: CardPayments;
  readonly due: DueInEvents;
}

/** A bank on a store, the same one again for another instance of it. */
export const bankOn = (store = new MemoryEventStore(() => startOfTest), clock = new StillClock()): TestBank => {
  const key = new BankKey([keyBytes]);
  const catalogue = new EventCatalogue(cardEvents, transactionEvents);
  const ids = { next: randomUUID };
  const full = store as MemoryEventStore & EventStore;
  const commandHandler = new CommandHandler(full, catalogue, clock, ids);
  const processes = new BankProcesses(commandHandler, clock, ids);
  const payments = new CardPayments(commandHandler, key, clock, ids, processes);
  const issuing = new CardIssuing(commandHandler, key, clock);
  const due = new DueInEvents(store, clock, [processes.payments, processes.reservations]);
  return { store, clock, key, commandHandler, issuing, payments, due };
};

export const euros = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

export const issue = async ({ issuing }: TestBank, limitMinor = 10_000): Promise<IssuedCard> => {
  const context = { commandId: randomUUID(), correlationId: 'test' };
  const issued = await issuing.issue({ holder: 'Ada Byron', limit: euros(limitMinor) }, context);
  if (issued.status !== 'issued') throw new Error(issued.code);
  return issued;
};

export const tokenFor = ({ key, clock }: TestBank, typed: TypedCard): string => {
  const tokenised = tokenise(key, typed, clock.now());
  if (tokenised.status !== 'tokenised') throw new Error(tokenised.code);
  return tokenised.token;
};

export const tokenOfTestCard = (bank: TestBank, number: string): string =>
  tokenFor(bank, {
    number,
    expiryMonth: 12,
    expiryYear: 2030,
    securityCode: number.startsWith('37') ? '1234' : '123',
  });

/** The card's account as its stored events tell it. */
export const accountOf = ({ store }: TestBank, cardId: string) => {
  let state: CardState = { status: 'none' };
  for (const { stream, type, data } of store.all) {
    if (stream === `card-${cardId}`) state = card.evolve(state, { type, data: JSON.parse(data) } as CardEvent);
  }
  expect(state.status).to.equal('issued');
  if (state.status !== 'issued') throw new Error('no account');
  return state;
};
