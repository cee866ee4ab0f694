import type { InvariantModel } from '../../src/application/invariants/invariant-model.js';
import type { Violation } from '../../src/application/invariants/invariants.js';
import type { ViewStore } from '../../src/application/ports/views.js';
import { eventsAsSource, type Observed, type Source, viewsAsSource } from './sources.js';

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

/** What was answered isn't what the events or the views say. */
export type OutcomeViolation = Omit<Violation, 'invariant'> & { readonly invariant: 'outcome' };

/** All that an audit may find. */
export type Finding = Violation | OutcomeViolation;

const subjectOf = (expected: Expectation): string => {
  if ('orderId' in expected) return `order-${expected.orderId}`;
  return 'saleId' in expected ? `sale-${expected.saleId}` : `card-${expected.cardId}`;
};

const observedBy = (source: Source, expected: Expectation): Promise<Observed | undefined> => {
  if ('orderId' in expected) return source.order(expected.orderId);
  return 'saleId' in expected ? source.sale(expected.saleId) : source.card(expected.cardId);
};

const missedBy = async (source: Source, expected: Expectation): Promise<readonly OutcomeViolation[]> => {
  const violation = (detail: string): OutcomeViolation => {
    return { invariant: 'outcome', subject: subjectOf(expected), detail: `${source.name} ${detail}` };
  };
  const observed = await observedBy(source, expected);
  if (observed === undefined) return [violation("don't know it")];
  const found: OutcomeViolation[] = [];
  for (const [field, wanted] of Object.entries(expected)) {
    if (wanted === undefined || field.endsWith('Id')) continue;
    const said = observed[field];
    const fits = Array.isArray(wanted) ? wanted.includes(said) : wanted === said;
    if (!fits) found.push(violation(`say ${field} ${said}, not ${wanted}`));
  }
  return found;
};

/**
 * Compares events and views with what was answered to those who sent the commands. The views must have caught up.
 * @returns each thing that is other than expected; empty when all is as it was answered
 */
export const outcomeViolations = async (
  expectations: Iterable<Expectation>,
  model: InvariantModel,
  views: ViewStore,
): Promise<readonly OutcomeViolation[]> => {
  const sources = [eventsAsSource(model), viewsAsSource(views)];
  const found: OutcomeViolation[] = [];
  for (const expected of expectations) {
    for (const source of sources) found.push(...(await missedBy(source, expected)));
  }
  return found;
};
