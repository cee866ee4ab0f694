import { type CardDocument, type StatementLineDocument, statement } from '../../projections/banking/statement.js';
import type { BankModel } from '../invariants/bank-model.js';
import type { Violation } from '../invariants/invariants.js';
import type { ViewStore } from '../ports/views.js';
import { Documents } from '../views/documents.js';

const pageSize = 100;

/** Compares each statement's closing balance, by its last booked line and as a sum, with the balance of its card. */
export const statementViolations = async (bank: BankModel, views: ViewStore): Promise<readonly Violation[]> => {
  const cards = new Documents<CardDocument>(views, statement, 'cards');
  const lines = new Documents<StatementLineDocument>(views, statement, 'lines');
  const found: Violation[] = [];
  for (const [cardId, { balanceMinor }] of bank.cards) {
    const shownMinor = (await cards.get(cardId))?.balanceMinor;
    const { closingMinor, sumMinor } = await bookedOf(lines, cardId);
    if (shownMinor === balanceMinor && closingMinor === balanceMinor && sumMinor === balanceMinor) continue;
    const detail = `closing ${closingMinor}, lines ${sumMinor}, shown ${shownMinor}, its card ${balanceMinor}`;
    found.push({ invariant: 'statement-agrees', subject: `card-${cardId}`, detail });
  }
  return found;
};

/** What the booked lines of a card come to: the balance behind the last one, and the sum of all. */
const bookedOf = async (lines: Documents<StatementLineDocument>, cardId: string) => {
  let closingMinor = 0;
  let sumMinor = 0;
  for (let seq = -1; ; ) {
    const where = { cardId, status: 'booked', seq: { $gt: seq } };
    const page = await lines.find({ where, sort: ['seq'], limit: pageSize });
    for (const line of page) {
      sumMinor += line.creditDebit === 'C' ? line.amountMinor : -line.amountMinor;
      closingMinor = line.balanceMinor ?? Number.NaN;
      seq = line.seq;
    }
    if (page.length < pageSize) return { closingMinor, sumMinor };
  }
};
