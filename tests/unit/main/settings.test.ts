import { expect } from 'chai';
import { bankDeadlineLimitMs } from '../../../src/domain/ticketing/purchase-timer.js';
import { readSettings, shownSettings } from '../../../src/main/settings.js';

describe('settings', () => {
  it('let the bank have no more time than a purchase waits for it', () => {
    const deadline = (text: string) => readSettings({ BOXOFFICE_BANK_DEADLINE_MS: text }).bankDeadlineMs;
    expect(deadline(String(bankDeadlineLimitMs))).to.equal(bankDeadlineLimitMs);
    for (const wrong of ['0', '-1', '1.5', 'soon', String(bankDeadlineLimitMs + 1)]) {
      expect(() => deadline(wrong), wrong).to.throw('BOXOFFICE_BANK_DEADLINE_MS');
    }
  });

  it('are refused empty where empty is not the same as not set', () => {
    const same = ['BOXOFFICE_KEY', 'EVENTSTORE_URL', 'KAFKA_BROKERS', 'MONGODB_URL', 'BOXOFFICE_BANK'];
    for (const { name, fallback } of shownSettings({})) {
      if (same.includes(name))
        expect([name, fallback, readSettings({ [name]: '' })]).to.deep.equal([name, '', readSettings({})]);
      else expect(() => readSettings({ [name]: '' }), name).to.throw(`${name} must`);
    }
  });

  it('take addresses and names as host', () => {
    for (const host of ['127.0.0.1', '::1', '0.0.0.0', 'tickets.example', 'a_b']) {
      expect(readSettings({ BOXOFFICE_HOST: host }).host).to.equal(host);
    }
    for (const wrong of [' ', 'http://a', 'a:80', '[::1]', 'a..b']) {
      expect(() => readSettings({ BOXOFFICE_HOST: wrong }), wrong).to.throw('BOXOFFICE_HOST must be an address');
    }
  });

  it('are told all at once', () => {
    expect(() => readSettings({ PORT: 'x', BOXOFFICE_COLOUR: 'red', BOXOFFICE_KEY: 'short' })).to.throw(
      /^BOXOFFICE_COLOUR is not a setting\nPORT must be .*\nBOXOFFICE_KEY must be .*$/,
    );
  });
});
