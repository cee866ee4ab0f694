import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { holdsCardNumber } from '../../../../src/infrastructure/http/input/card-number-scan.js';

const cards = [
  '4242424242424242',
  '5555555555554444',
  '2223003122003222',
  '378282246310005',
  '4000002500003155',
  '6011111111111117',
];

describe('the search for card numbers', () => {
  for (const card of cards) it(`finds ${card.slice(0, 6)}…`, () => expect(holdsCardNumber(card)).to.equal(true));

  it('finds them in groups, among words and beside other digits', () => {
    const digitGap = fc.constantFrom('', ' ', '-', ' - '.trim(), '\u00a0', '\u2013', '\t');
    const around = fc.constantFrom('', 'a', ' 12/30 ', ' 123', ' cvc: ', '\n', '12 30 ');
    const gaps = fc.array(digitGap, { minLength: 19, maxLength: 19 });
    fc.assert(
      fc.property(fc.constantFrom(...cards), gaps, around, around, (card, between, before, behind) => {
        const apart = [...card].map((digit, index) => digit + (between[index] ?? '')).join('');
        return holdsCardNumber(`${before.replace(/\d$/, '$& ')}${apart} ${behind}`);
      }),
    );
  });

  it('lets pass what fails Luhn, is too short or long, or begins otherwise', () => {
    for (const text of ['4242424242424241', '424242424242', '42424242424242424242', '1000000000000008', '']) {
      expect(holdsCardNumber(text), text).to.equal(false);
    }
  });

  it('lets every UUID pass', () => {
    expect(holdsCardNumber('42424242-4242-4242-8000-000000000000')).to.equal(false);
    for (let index = 0; index < 20_000; index++) expect(holdsCardNumber(randomUUID())).to.equal(false);
  });

  it('lets UUIDs pass within other text, and still finds numbers beside them', () => {
    const like = '42424242-4242-4242-8000-000000000000';
    expect(holdsCardNumber(`${like}@example.com`)).to.equal(false);
    expect(holdsCardNumber(`/v1/orders/${like}/payments`)).to.equal(false);
    expect(holdsCardNumber(`${like} 4242424242424242`)).to.equal(true);
    expect(holdsCardNumber('42424242-4242-4242')).to.equal(true);
  });
});
