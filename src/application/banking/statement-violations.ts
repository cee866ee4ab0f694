import { type CardDocument, type StatementLineDocument, statement } from '../../projections/banking/statement.js';
import type { BankModel, CardEntry } from '../invariants/bank-model.js';
import type { Violation } from '../invariants/invariants.js';
import type { ViewStore } from '../ports/views.js';
import { Documents } from '../views/documents.js';

const pageSize = 100;

/**
 * Compares each statement with its card both ways: every booked line is a booking of the card, and every booking has its line;
 * its closing balance, by its last booked line and as the card is shown, is the card's.
 */
export const statementViolations = async (bank: BankModel, views: ViewStore): Promise<readonly Violation[]> => {
  const cards = new Documents<CardDocument>(views, statement, 'cards');
  const lines = new Documents<StatementLineDocument>(views, statement, 'lines');
  const found: Violation[] = [];
  for (const [cardId, card] of bank.cards) {
    const report = (detail: string) => found.push({ invariant: 'statement-agrees', subject: `card-${cardId}`, detail });
    const { balanceMinor } = card;
    const shownMinor = (await cards.get(cardId))?.balanceMinor;
    const { closingMinor, faults } = await bookedOf(lines, cardId, card);
    for (const fault of faults) report(fault);
    if (shownMinor === balanceMinor && closingMinor === balanceMinor) continue;
    report(`closing ${closingMinor}, shown ${shownMinor}, its card ${balanceMinor}`);
  }
  return found;
};

/** The balance behind a card's last booked line, and which lines are not its bookings, or are missing. */
const bookedOf = async (lines: Documents<StatementLineDocument>, cardId: string, { bookings }: CardEntry) => {
  const faults: string[] = [];
  const missing = new Set(bookings.keys());
  let closingMinor = 0;
  for (let seq = -1; ; ) {
    const where = { cardId, status: 'booked', seq: { $gt: seq } };
    const page = await lines.find({ where, sort: ['seq'], limit: pageSize });
    for (const line of page) {
      const lineMinor = line.creditDebit === 'C' ? line.amountMinor : -line.amountMinor;
      const bookedMinor = bookings.get(line.lineId);
      if (lineMinor !== bookedMinor)
        faults.push(`line ${line.lineId} is ${lineMinor}, booked ${bookedMinor ?? 'never'}`);
      missing.delete(line.lineId);
      closingMinor = line.balanceMinor ?? Number.NaN;
      seq = line.seq;
    }
    if (page.length < pageSize) break;
  }
  for (const id of missing) faults.push(`${id} is booked, and has no line`);
  return { closingMinor, faults };
};
