import { type CardDocument, type StatementLineDocument, statement } from '../../projections/banking/statement.js';
import type { ViewStore } from '../ports/views.js';
import type { Broken } from './findings.js';
import type { Ledger } from './ledger.js';
import { as } from './tellers.js';

/** Compares each statement's closing balance, by its last booked line and as a sum, with the balance of its card. */
export const brokenStatements = async (ledger: Ledger, views: ViewStore): Promise<readonly Broken[]> => {
  const found: Broken[] = [];
  for (const [cardId, { balanceMinor }] of ledger.bank.cards) {
    const card = as<CardDocument>(await views.get(statement, 'cards', cardId));
    let closingMinor = 0;
    let sumMinor = 0;
    for (let seq = -1; ; ) {
      const where = { cardId, status: 'booked', seq: { $gt: seq } };
      const page = await views.find(statement, 'lines', { where, sort: ['seq'], limit: 100 });
      for (const document of page) {
        const line = as<StatementLineDocument>(document);
        if (line === undefined) continue;
        sumMinor += line.creditDebit === 'C' ? line.amountMinor : -line.amountMinor;
        closingMinor = line.balanceMinor ?? Number.NaN;
        seq = line.seq;
      }
      if (page.length < 100) break;
    }
    if (card?.balanceMinor !== balanceMinor || closingMinor !== balanceMinor || sumMinor !== balanceMinor) {
      const told = `closing ${closingMinor}, lines ${sumMinor}, shown ${card?.balanceMinor}, its card ${balanceMinor}`;
      found.push({ invariant: 'statement-agrees', subject: `card-${cardId}`, detail: told });
    }
  }
  return found;
};
