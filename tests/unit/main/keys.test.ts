import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BankKey } from '../../../src/application/banking/bank-key.js';
import { cardIdOf, openToken, tokenise } from '../../../src/application/banking/card-token.js';
import { Cursors, InvalidCursor } from '../../../src/application/cursor.js';
import { TicketSecrets } from '../../../src/application/ticketing/ticket-secrets.js';
import { type MasterKeys, openKeys } from '../../../src/main/keys.js';
import { readSettings } from '../../../src/main/settings.js';

const first = Buffer.alloc(32, 1);
const second = Buffer.alloc(32, 2);

describe('master keys', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (...keys: readonly Uint8Array[]) => {
    const [newest, ...older] = keys;
    return openKeys(folder, newest === undefined ? undefined : [newest, ...older]);
  };

  it('are one for each purpose, the same each time', () => {
    expect(open(first)('tickets')).to.deep.equal(open(first)('tickets'));
    expect(open(first)('tickets')).to.not.deep.equal(open(first)('bank'));
  });

  it('refuses a folder to a key that did not make what is there', () => {
    open(first);
    expect(() => open(second)).to.throw(
      /^BOXOFFICE_KEY lacks the key with the check [0-9a-f]{32}, .*behind the new one/,
    );
    expect(() => open(first)).to.not.throw();
  });

  it('refuses it also where the folder has a key of its own, and says where that is', () => {
    open();
    rmSync(join(folder, 'key.checks'));
    expect(() => open(first)).to.throw(join(folder, 'master.key'));
    const own = Buffer.from(readFileSync(join(folder, 'master.key'), 'utf8'), 'hex');
    expect(open(first, own)('bank')).to.have.length(2);
  });

  it('refuses a folder whose key was taken away', () => {
    open();
    rmSync(join(folder, 'master.key'));
    for (let tries = 0; tries < 2; tries++)
      expect(() => open()).to.throw(/^BOXOFFICE_KEY lacks the key .* the new one$/);
  });

  it('takes a new key with the old ones behind it, and then asks for each of them', () => {
    open(first);
    open(second, first);
    expect(() => open(second)).to.throw('BOXOFFICE_KEY lacks');
    expect(() => open(first)).to.throw('BOXOFFICE_KEY lacks');
    expect(() => open(first, second)).to.not.throw();
  });

  it('lets go of an old key whose check was removed', () => {
    open(first);
    open(second, first);
    const file = join(folder, 'key.checks');
    writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[1]}\n`);
    expect(() => open(second)).to.not.throw();
  });

  it('prove what older ones made', () => {
    const old = open(first);
    const both = open(second, first);
    const secret = new TicketSecrets(...old('tickets')).of('t', 3);
    const secrets = new TicketSecrets(...both('tickets'));
    expect([secrets.generationOf('t', secret), secrets.generationOf('t', secrets.of('t', 4))]).to.deep.equal([3, 4]);
    expect(secrets.of('t', 3)).to.not.equal(secret);
    const place = { towards: 'next', key: 7 } as const;
    const cursors = new Cursors(...both('cursors'));
    expect(cursors.open(['a'], new Cursors(...old('cursors')).seal(['a'], place))).to.deep.equal(place);
    expect(() => new Cursors(...old('cursors')).open(['a'], cursors.seal(['a'], place))).to.throw(InvalidCursor);
    const typed = { number: '4242424242424242', expiryMonth: 5, expiryYear: 2030, securityCode: '123' };
    const made = tokenise(new BankKey(old('bank')), typed, 0);
    if (made.status !== 'tokenised') throw new Error('refused');
    expect(openToken(new BankKey(both('bank')), made.token)?.card.cardId).to.equal(made.cardId);
    const again = tokenise(new BankKey(both('bank')), typed, 0);
    if (again.status !== 'tokenised') throw new Error('refused');
    expect(openToken(new BankKey(old('bank')), again.token)).to.equal(undefined);
    expect(openToken(new BankKey(open(first, second)('bank')), again.token)?.card.cardId).to.equal(again.cardId);
  });

  it('find the cards that were issued under the oldest', () => {
    const number = '4539000000000008';
    expect(cardIdOf(new BankKey(open(first)('bank')), number)).to.equal(
      cardIdOf(new BankKey(open(second, first)('bank')), number),
    );
  });

  it('are read from one setting', () => {
    const read = (text: string): MasterKeys | undefined => readSettings({ BOXOFFICE_KEY: text }).keys;
    const hex = (key: Buffer): string => key.toString('hex');
    expect(read(`${hex(second)}, ${hex(first)}`)).to.deep.equal([second, first]);
    for (const wrong of [hex(first).slice(1), `${hex(first)},`, `,${hex(first)}`, 'x'.repeat(64)]) {
      expect(() => read(wrong), wrong).to.throw('BOXOFFICE_KEY must be 64 hexadecimal digits');
    }
  });
});
