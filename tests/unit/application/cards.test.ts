import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { BankKey } from '../../../src/application/banking/bank-key.js';
import { openToken, tokenise, tokenLastsMs } from '../../../src/application/banking/card-token.js';
import { cardNumberOf } from '../../../src/domain/banking/card-number.js';
import { accountOf, bankOn, euros, issue, keyBytes, startOfTest, tokenFor } from '../../support/bank.js';

const typed = { number: '4242 4242-4242 4242', expiryMonth: 12, expiryYear: 2030, securityCode: '123' };

describe('issuing a card', () => {
  it('gives the same card for the same command, from the key and the stream alone', async () => {
    const bank = bankOn();
    const context = { commandId: randomUUID(), correlationId: 'test' };
    const request = { holder: 'Ada Byron', limit: euros(1_000) };
    const first = await bank.issuing.issue(request, context);
    const restarted = bankOn(bank.store, bank.clock);
    restarted.clock.time += 90 * 24 * 60 * 60 * 1000;
    expect(await restarted.issuing.issue(request, context)).to.deep.equal(first);
    expect(bank.store.all).to.have.length(1);
  });

  it('gives another card for another command', async () => {
    const bank = bankOn();
    const [one, other] = [await issue(bank), await issue(bank)];
    expect(one.number).to.not.equal(other.number);
    expect(one.cardId).to.not.equal(other.cardId);
  });

  it('passes Luhn, lasts four years and keeps neither number nor code', async () => {
    const bank = bankOn();
    const issued = await issue(bank);
    expect(cardNumberOf(issued.number)).to.equal(issued.number);
    expect(issued.expiryYear).to.equal(new Date(startOfTest).getUTCFullYear() + 4);
    expect(issued.securityCode).to.match(/^[0-9]{3}$/);
    expect(bank.store.all.map(({ data, metadata }) => data + metadata).join()).to.not.include(issued.number);
    expect(accountOf(bank, issued.cardId).issued).to.not.have.any.keys('number', 'securityCode');
  });

  it('goes on to the next number when another request has taken the first', async () => {
    const bank = bankOn();
    const taken = await issue(bank);
    // The first number of this key is always the taken one, as if two requests had met.
    const digits = BankKey.prototype.digits;
    const drawn = taken.number.slice(4, -1);
    BankKey.prototype.digits = function (length, purpose, ...parts) {
      const isFirst = purpose === 'card number' && parts[1] === '0';
      return isFirst ? drawn : digits.call(this, length, purpose, ...parts);
    };
    try {
      const context = { commandId: randomUUID(), correlationId: 'test' };
      const next = await bank.issuing.issue({ holder: 'Eve', limit: euros(1) }, context);
      expect(next).to.deep.include({ status: 'issued' }).and.not.deep.include({ cardId: taken.cardId });
      const again = await bankOn(bank.store).issuing.issue({ holder: 'Eve', limit: euros(1) }, context);
      expect(again).to.deep.equal(next);
    } finally {
      BankKey.prototype.digits = digits;
    }
  });

  it('refuses the same command with another limit', async () => {
    const bank = bankOn();
    const context = { commandId: randomUUID(), correlationId: 'test' };
    await bank.issuing.issue({ holder: 'Ada', limit: euros(1) }, context);
    const other = await bank.issuing.issue({ holder: 'Ada', limit: euros(2) }, context);
    expect(other).to.deep.equal({ status: 'refused', code: 'other_request' });
  });
});

describe('tokens', () => {
  const key = new BankKey([keyBytes]);

  it('tell what is shown of the card, and nothing else', () => {
    const made = tokenise(key, typed, startOfTest);
    if (made.status !== 'tokenised') throw new Error(made.code);
    expect(made).to.deep.include({ brand: 'visa', lastFour: '4242', expiryMonth: 12, expiryYear: 2030 });
    const opened = openToken(key, made.token);
    expect(opened?.card).to.deep.include({ cardId: made.cardId, lastFour: '4242', isCodeRight: true });
    expect(opened?.endsAt).to.equal(startOfTest + tokenLastsMs);
    expect(JSON.stringify(opened?.card)).to.not.match(/[0-9]{13}|"123"/);
  });

  it('open under their own key only', () => {
    const made = tokenise(key, typed, startOfTest);
    if (made.status !== 'tokenised') throw new Error(made.code);
    expect(openToken(new BankKey([Buffer.alloc(32, 8)]), made.token)).to.equal(undefined);
  });

  it('name the field that can not be of a card', () => {
    const cases = [
      [{ number: '4242424242424241' }, 'number', 'card_number_invalid'],
      [{ number: '4242' }, 'number', 'card_number_invalid'],
      [{ number: '4242x424242424242' }, 'number', 'card_number_invalid'],
      [{ number: '' }, 'number', 'card_number_invalid'],
      [{ expiryMonth: 0 }, 'expiryMonth', 'expiry_month_invalid'],
      [{ expiryMonth: 13 }, 'expiryMonth', 'expiry_month_invalid'],
      [{ expiryMonth: 1.5 }, 'expiryMonth', 'expiry_month_invalid'],
      [{ expiryYear: 30 }, 'expiryYear', 'expiry_year_invalid'],
      [{ securityCode: '12' }, 'securityCode', 'security_code_invalid'],
      [{ securityCode: '1234' }, 'securityCode', 'security_code_invalid'],
      [{ number: '378282246310005' }, 'securityCode', 'security_code_invalid'],
      [{ securityCode: '12a' }, 'securityCode', 'security_code_invalid'],
    ] as const;
    for (const [other, field, code] of cases) {
      expect(tokenise(key, { ...typed, ...other }, startOfTest)).to.deep.equal({ status: 'refused', field, code });
    }
  });

  it('is for a card that is good through the last moment of its month, UTC', () => {
    const end = Date.UTC(2031, 0, 1);
    expect(tokenise(key, typed, end - 1).status).to.equal('tokenised');
    const expired = { status: 'refused', field: 'expiryYear', code: 'card_expired' };
    expect(tokenise(key, typed, end)).to.deep.equal(expired);
  });

  it('know an issued card by its number and judge its code', async () => {
    const bank = bankOn();
    const issued = await issue(bank);
    expect(openToken(bank.key, tokenFor(bank, issued))?.card).to.deep.include({
      cardId: issued.cardId,
      isCodeRight: true,
    });
    const wrong = { ...issued, securityCode: issued.securityCode === '111' ? '112' : '111' };
    expect(openToken(bank.key, tokenFor(bank, wrong))?.card).to.deep.include({ isCodeRight: false });
  });

  it('the key does not show itself', () => {
    const shown = [inspect(key), JSON.stringify(key), String(key)].join();
    for (const secret of [keyBytes.toString('hex'), keyBytes.toString('base64'), '07 07', '7,7']) {
      expect(shown).to.not.include(secret);
    }
    expect(() => new BankKey([Buffer.alloc(31)])).to.throw(RangeError);
  });
});
