import { expect } from 'chai';
import { bankDeadlineLimitMs } from '../../../src/domain/ticketing/purchase-timer.js';
import { readSettings } from '../../../src/main/settings.js';

describe('settings', () => {
  it('let the bank have no more time than a purchase waits for it', () => {
    const deadline = (text: string) => readSettings({ BOXOFFICE_BANK_DEADLINE_MS: text }).bankDeadlineMs;
    expect(deadline(String(bankDeadlineLimitMs))).to.equal(bankDeadlineLimitMs);
    for (const wrong of ['0', '-1', '1.5', 'soon', String(bankDeadlineLimitMs + 1)]) {
      expect(() => deadline(wrong), wrong).to.throw('BOXOFFICE_BANK_DEADLINE_MS');
    }
  });
});
