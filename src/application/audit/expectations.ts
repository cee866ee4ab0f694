import type { ViewStore } from '../ports/views.js';
import type { Broken } from './findings.js';
import type { Ledger } from './ledger.js';
import { ofLedger, ofViews, type Shown, type Teller } from './tellers.js';

/**
 * What must have come of commands that were answered, told by whoever sent them: what is left out isn't compared.
 */
export type Expectation = ExpectedOrder | ExpectedSale | ExpectedCard;

export interface ExpectedOrder {
  readonly orderId: string;
  /** One of these, as the API names them; a paid order is `fulfilled` at rest. */
  readonly status?: readonly string[];
  /** How many were issued, refunded ones too. */
  readonly tickets?: number;
  /** What its card was charged, less what was given back, in minor units. */
  readonly chargedMinor?: number;
}

export interface ExpectedSale {
  readonly saleId: string;
  readonly capacity?: number;
  readonly held?: number;
  readonly sold?: number;
}

export interface ExpectedCard {
  readonly cardId: string;
  /** Credits less debits, in minor units. */
  readonly balanceMinor?: number;
  /** What open payments hold of its limit, in minor units. */
  readonly reservedMinor?: number;
}

const subjectOf = (expected: Expectation): string => {
  if ('orderId' in expected) return `order-${expected.orderId}`;
  return 'saleId' in expected ? `sale-${expected.saleId}` : `card-${expected.cardId}`;
};

const shownBy = (teller: Teller, expected: Expectation): Promise<Shown | undefined> => {
  if ('orderId' in expected) return teller.order(expected.orderId);
  return 'saleId' in expected ? teller.sale(expected.saleId) : teller.card(expected.cardId);
};

const missed = async (teller: Teller, expected: Expectation): Promise<readonly Broken[]> => {
  const subject = subjectOf(expected);
  const shown = await shownBy(teller, expected);
  if (shown === undefined) return [{ invariant: 'outcome', subject, detail: `${teller.name} don't know it` }];
  const found: Broken[] = [];
  for (const [field, wanted] of Object.entries(expected)) {
    if (wanted === undefined || field.endsWith('Id')) continue;
    const told = shown[field];
    const fits = Array.isArray(wanted) ? wanted.includes(told) : wanted === told;
    if (!fits)
      found.push({ invariant: 'outcome', subject, detail: `${teller.name} say ${field} ${told}, not ${wanted}` });
  }
  return found;
};

/**
 * Compares events and views with what was answered to those who sent the commands, and each statement with its card.
 * The views must have caught up.
 * @returns each thing that is other than expected; empty when all is as it was answered
 */
export const brokenOutcomes = async (
  expectations: Iterable<Expectation>,
  ledger: Ledger,
  views: ViewStore,
): Promise<readonly Broken[]> => {
  const tellers = [ofLedger(ledger), ofViews(views)];
  const found: Broken[] = [];
  for (const expected of expectations) {
    for (const teller of tellers) found.push(...(await missed(teller, expected)));
  }
  return found;
};
