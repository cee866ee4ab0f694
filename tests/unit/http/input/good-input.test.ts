import { expect } from 'chai';
import { scanInput } from '../../../../src/infrastructure/http/input/input-scan.js';
import { readInstance } from '../../../../src/infrastructure/http/input/instance.js';
import { Buyer, NewSale, SaleId } from '../../../support/http-sample.js';

const fit = { name: 'Evening', startsAt: '2030-05-04T19:30:00Z', price: { amountMinor: 1250, currency: 'EUR' } };

const faultsOf = (type: new () => object, plain: object): readonly string[] => [
  ...scanInput(plain, 'body').map(({ field, code }) => `${field} ${code}`),
  ...(readInstance(type, plain, 'body').errors ?? []).map(({ field, code }) => `${field} ${code}`),
];
const faultsOfSale = (changes: object): readonly string[] => faultsOf(NewSale, { ...fit, ...changes });
const faultsOfEmail = (email: string): readonly string[] => faultsOf(Buyer, { name: 'Ann', email });

const digits = (index: number): string => String(10 ** 15 + ((index * 982_451_653_123) % (9 * 10 ** 15)));

describe('input that people really have', () => {
  for (const name of ['1984', '2:22', '54', '3', '!!!', '❤️', 'We ❤️', '¿?', 'می‌خواهم', '👩‍👩‍👧', 'עברית 5', 'ÆØÅ']) {
    it(`is taken for a name: ${name}`, () => expect(faultsOfSale({ name })).to.deep.equal([]));
  }

  for (const [what, name] of [
    ['a zero-width space', '\u200b'],
    ['a filler', '\u3164'],
    ['the blank of Braille', '\u2800'],
    ['a turned end', 'Evening\u202e'],
    ['a joiner before it', '\u200dEvening'],
    ['a word joiner behind it', 'Evening\u2060'],
    ['line separators', 'a\u2028b'],
  ]) {
    it(`is no name: ${what}`, () => expect(faultsOfSale({ name })).to.deep.equal(['name is_name']));
  }

  for (const seat of [
    '101',
    'A 7',
    'Row A, seat 5',
    'N°5',
    'Bühne (links) 3',
    '5-101',
    'Upper circle row AA seat 101',
  ]) {
    it(`is taken for a seat: ${seat}`, () => expect(faultsOfSale({ seats: [seat] })).to.deep.equal([]));
  }

  it('has one form for a seat', () => {
    expect(readInstance(NewSale, { ...fit, seats: [' Ａ１  b '] }, 'body'))
      .to.have.nested.property('instance.seats')
      .that.deep.equals(['A1 b']);
  });

  for (const email of [
    'ann@example.com',
    "o'neil+tag@mail.example.co.uk",
    'josé@exämple.de',
    '用户@例子.公司',
    '𠮷野@𠮷野家.jp',
    'राम@मोहन.ईन्फो',
    'مثال@موقع.عرب',
    'ann@xn--exmple-cua.de',
    'a.4000056655665556.b@example.com',
  ]) {
    it(`is taken for an email address: ${email}`, () => expect(faultsOfEmail(email)).to.deep.equal([]));
  }

  it('has long numbers in email addresses', () => {
    const refused = Array.from({ length: 2_000 }, (_, index) => `u${digits(index)}@example.com`).filter(
      (email) => faultsOfEmail(email).length > 0,
    );
    expect(refused).to.deep.equal([]);
  });

  it('has a card number as a mailbox by mistake only', () => {
    expect(faultsOfEmail('4242424242424242@example.com')).to.deep.equal(['email card_data_refused']);
    expect(faultsOfEmail('4242-4242-4242-4242@example.com')).to.deep.equal(['email card_data_refused']);
  });

  it('has amounts up to the largest that can be paid', () => {
    const price = (amountMinor: number, currency = 'EUR') => faultsOfSale({ price: { amountMinor, currency } });
    expect(price(1_000_000_000_000)).to.deep.equal([]);
    expect(price(1_000_000_000_001)).to.deep.equal(['price.amountMinor is_whole_number']);
    for (const currency of ['ISK', 'IQD', 'UYW', 'VES', 'ZWG']) expect(price(1, currency), currency).to.deep.equal([]);
    for (const currency of ['XXX', 'XTS', 'XAU', 'DEM', 'eur']) {
      expect(price(1, currency), currency).to.deep.equal(['price.currency is_currency']);
    }
  });

  it('has UUIDs in capitals', () => {
    const saleId = '0198C1D2-3344-7556-8778-99AABBCCDDEE';
    expect(readInstance(SaleId, { saleId }, 'path'))
      .to.have.nested.property('instance.saleId')
      .that.equals(saleId.toLowerCase());
  });

  it('has moments that can be shown in UTC', () => {
    expect(faultsOfSale({ startsAt: '9999-12-31T23:59:59Z' })).to.deep.equal([]);
    expect(faultsOfSale({ startsAt: '9999-12-31T23:59:59-01:00' })).to.deep.equal(['startsAt is_instant']);
    expect(faultsOfSale({ startsAt: '1970-01-01T00:00:00+01:00' })).to.deep.equal(['startsAt is_instant']);
  });
});
