import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Statement,
  type StatementFilter,
  StatementQueries,
} from '../../../src/application/banking/statement-queries.js';
import { Cursors, InvalidCursor } from '../../../src/application/cursor.js';
import { InvalidFilter } from '../../../src/application/pages.js';
import { beginning } from '../../../src/application/ports/event-store.js';
import { EmbeddedViewStore } from '../../../src/infrastructure/views/embedded/embedded-view-store.js';
import { statement } from '../../../src/projections/banking/statement.js';
import { beginEmpty } from '../../support/begin-empty.js';
import { failureOf } from '../../support/failure-of.js';
import { type ExpectedLine, StatementAccount } from '../../support/statement-account.js';
import { tempFolder } from '../../support/temp-store.js';

const begin = Date.parse('2026-01-01T00:00:00Z');
const hourMs = 3_600_000;
const cursors = new Cursors(new Uint8Array(32).fill(1));

const textOf = async (pieces: AsyncIterable<string> | undefined): Promise<string> => {
  let text = '';
  for await (const piece of pieces ?? []) text += piece;
  return text;
};

describe('statement', () => {
  let folder: string;
  let views: EmbeddedViewStore;
  let queries: StatementQueries;
  let cards = 0;
  before(async () => {
    folder = await tempFolder();
    views = EmbeddedViewStore.open({ folder });
    await beginEmpty(views, statement);
    queries = new StatementQueries(views, cursors);
  });
  after(async () => {
    await views.close();
    await rm(folder, { recursive: true, force: true });
  });

  const issue = (currency = 'EUR'): StatementAccount => new StatementAccount(`card${cards++}`, currency, begin);
  const show = ({ applied }: StatementAccount): Promise<void> =>
    views.apply(statement, 0, applied, applied.at(-1)?.position ?? beginning);

  const page = async (query: Parameters<StatementQueries['statement']>[0]): Promise<Statement> => {
    const found = await queries.statement(query);
    if (found === undefined) throw new Error(`no statement of ${query.cardId}`);
    return found;
  };

  const pages = async (filter: StatementFilter, limit: number): Promise<readonly Statement[]> => {
    const all = [await page({ ...filter, limit })];
    for (let cursor = all[0]?.next; cursor !== undefined; cursor = all.at(-1)?.next) {
      all.push(await page({ ...filter, limit, cursor }));
    }
    return all;
  };

  const bookedMinor = (all: readonly Statement[]): number =>
    all
      .flatMap(({ items }) => items)
      .filter(({ status }) => status === 'booked')
      .reduce((sum, { creditDebit, amount }) => sum + (creditDebit === 'C' ? 1 : -1) * amount.amountMinor, 0);

  const expectTies = (all: readonly Statement[]): void => {
    const [first] = all;
    if (first === undefined) throw new Error('no page');
    for (const { openingBalance, closingBalance } of all) {
      expect([openingBalance, closingBalance]).to.deep.equal([first.openingBalance, first.closingBalance]);
    }
    expect(first.openingBalance.amountMinor + bookedMinor(all)).to.equal(first.closingBalance.amountMinor);
  };

  const action = fc.record({
    kind: fc.constantFrom('reserve', 'reserve', 'book', 'book', 'release', 'refuse', 'announce', 'credit'),
    amountMinor: fc.nat(10_000),
    gapHours: fc.constantFrom(0, 0, 1, 12, 24, 40),
  });
  type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

  const act = (account: StatementAccount, { kind, amountMinor, gapHours }: Action): void => {
    account.now += gapHours * hourMs;
    if (kind === 'reserve' || kind === 'refuse' || kind === 'announce') account[kind](amountMinor);
    else if (kind === 'book' || kind === 'release' || kind === 'credit') account[kind]();
  };

  const dayOf = (days: number): string => new Date(begin + days * 24 * hourMs).toISOString().slice(0, 10);

  it('ties over pages and ranges, forwards and back', async () => {
    const dates = fc.record({
      from: fc.option(fc.nat(20)),
      length: fc.option(fc.nat(20)),
      limit: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), dates, async (actions, { from, length, limit }) => {
        const account = issue();
        for (const one of actions) act(account, one);
        await show(account);
        const to = length === null ? null : (from ?? 0) + length;
        const filter = {
          cardId: account.cardId,
          ...(from !== null && { fromBookingDate: dayOf(from) }),
          ...(to !== null && { toBookingDate: dayOf(to) }),
        };
        const all = await pages(filter, limit);
        expectTies(all);
        const isIn = ({ status, at }: ExpectedLine): boolean =>
          status !== 'released' &&
          (from === null || at >= begin + from * 24 * hourMs) &&
          (to === null || at < begin + (to + 1) * 24 * hourMs);
        const due = account.lines.filter(isIn).sort((left, right) => right.seq - left.seq);
        const items = all.flatMap((one) => one.items);
        expect(items.map(({ lineId, status }) => [lineId, status])).to.deep.equal(
          due.map(({ lineId, status }) => [lineId, status]),
        );
        if (to === null) expect(all[0]?.closingBalance.amountMinor).to.equal(account.balanceMinor);
        let runningMinor = all[0]?.openingBalance.amountMinor ?? 0;
        for (const { status, creditDebit, amount, runningBalance } of items.toReversed()) {
          if (status !== 'booked') expect(runningBalance).to.equal(undefined);
          else {
            runningMinor += (creditDebit === 'C' ? 1 : -1) * amount.amountMinor;
            expect(runningBalance?.amountMinor).to.equal(runningMinor);
          }
        }
        const back: Statement[] = all.slice(-1);
        for (let cursor = back[0]?.prev; cursor !== undefined; cursor = back[0]?.prev) {
          back.unshift(await page({ ...filter, limit, cursor }));
        }
        expect(back.map((one) => one.items)).to.deep.equal(all.map((one) => one.items));
      }),
      { numRuns: 100 },
    );
  });

  it('ties over its pages while more is booked', async () => {
    const account = issue();
    for (let count = 0; count < 5; count++) {
      account.reserve(100 + count);
      account.book();
    }
    await show(account);
    const { cardId } = account;
    const first = await page({ cardId, limit: 2 });
    account.reserve(7_000);
    account.book();
    await show(account);
    const rest: Statement[] = [first];
    for (let cursor = first.next; cursor !== undefined; cursor = rest.at(-1)?.next) {
      rest.push(await page({ cardId, limit: 2, cursor }));
    }
    expectTies(rest);
    expect(rest.flatMap(({ items }) => items)).to.have.length(5);
    expect((await page({ cardId })).closingBalance.amountMinor).to.equal(account.balanceMinor);
  });

  it('shows each line of its first page once over its pages, as it was then, whatever happens meanwhile', async () => {
    const script = fc.array(fc.array(action, { maxLength: 4 }), { minLength: 1, maxLength: 12 });
    const wanted = fc.constantFrom(undefined, 'booked', 'processing', 'future');
    const limits = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 30 }),
        script,
        wanted,
        limits,
        async (before, later, status, limit) => {
          const account = issue();
          for (const one of before) act(account, one);
          await show(account);
          const { cardId } = account;
          const filter = { cardId, ...(status !== undefined && { status }), limit };
          const due = account.lines
            .filter((line) => line.status !== 'released' && (status === undefined || line.status === status))
            .sort((left, right) => right.seq - left.seq)
            .map((line) => [line.lineId, line.status]);
          const walk = [await page(filter)];
          for (let cursor = walk[0]?.next; cursor !== undefined; cursor = walk.at(-1)?.next) {
            for (const one of later.shift() ?? []) act(account, one);
            await show(account);
            walk.push(await page({ ...filter, cursor }));
          }
          const idsOf = (all: readonly Statement[]) =>
            all.flatMap(({ items }) => items).map((line) => [line.lineId, line.status]);
          expect(idsOf(walk)).to.deep.equal(due);
          if (status === undefined) expectTies(walk);
          const back = walk.slice(-1);
          for (let cursor = back[0]?.prev; cursor !== undefined; cursor = back[0]?.prev) {
            back.unshift(await page({ ...filter, cursor }));
          }
          expect(idsOf(back)).to.deep.equal(due);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has each line once while the projector books between the reads of one page', async () => {
    const account = issue();
    for (const amountMinor of [1, 2, 3, 4, 5, 6]) account.reserve(amountMinor);
    await show(account);
    const { cardId } = account;
    const booking = new StatementQueries(
      {
        get: (...of) => views.get(...of),
        find: async (...of) => {
          const found = await views.find(...of);
          account.book();
          await show(account);
          return found;
        },
      },
      cursors,
    );
    const first = await booking.statement({ cardId, limit: 4 });
    const second = await booking.statement({ cardId, limit: 4, cursor: first?.next ?? '' });
    const lines = [first, second].flatMap((one) => one?.items ?? []);
    expect(lines.map(({ lineId }) => lineId)).to.deep.equal(account.lines.map(({ lineId }) => lineId).toReversed());
    expect(new Set(lines.map(({ status }) => status))).to.deep.equal(new Set(['processing']));
  });

  it('filters by status without touching the balances', async () => {
    const account = issue();
    account.reserve(500);
    account.book();
    account.reserve(300);
    account.announce(200);
    await show(account);
    for (const status of ['booked', 'processing', 'future'] as const) {
      const found = await page({ cardId: account.cardId, status });
      expect(found.items.map((item) => item.status)).to.deep.equal([status]);
      expect(found.closingBalance).to.deep.equal({ amountMinor: -500, currency: 'EUR' });
    }
  });

  it('has the days of the zone that is named, UTC where none is, and says which', async () => {
    const account = issue();
    for (const hour of [1, 4, 26]) {
      account.now = begin + hour * hourMs;
      account.reserve(hour);
    }
    await show(account);
    const { cardId } = account;
    const dates = { fromBookingDate: '2026-01-01', toBookingDate: '2026-01-01' };
    const inUtc = await page({ cardId, ...dates });
    expect([inUtc.timeZone, inUtc.items.map(({ amount }) => amount.amountMinor)]).to.deep.equal(['UTC', [4, 1]]);
    const timeZone = 'America/Sao_Paulo';
    const inSaoPaulo = await page({ cardId, ...dates, timeZone, limit: 1 });
    expect(inSaoPaulo).to.include({ timeZone });
    expect(inSaoPaulo.items.map(({ amount }) => amount.amountMinor)).to.deep.equal([26]);
    const { next: cursor = '' } = inSaoPaulo;
    expect(
      (await page({ cardId, ...dates, timeZone, cursor })).items.map(({ amount }) => amount.amountMinor),
    ).to.deep.equal([4]);
    expect(await failureOf(queries.statement({ cardId, ...dates, cursor }))).to.be.instanceOf(InvalidCursor);
    const wrong = await failureOf(queries.statement({ cardId, ...dates, timeZone: 'Mars/Base' }));
    expect(wrong).to.be.instanceOf(InvalidFilter).and.include({ field: 'timeZone' });
  });

  it('knows no other card', async () => {
    expect(await queries.statement({ cardId: 'none' })).to.equal(undefined);
    expect(await queries.csv({ cardId: 'none' })).to.equal(undefined);
    expect(await queries.ofx({ cardId: 'none' })).to.equal(undefined);
  });

  it('names the field that is wrong', async () => {
    const account = issue();
    for (const amountMinor of [1, 2, 3]) account.reserve(amountMinor);
    await show(account);
    const { cardId } = account;
    const { next: cursor = '' } = await page({ cardId, limit: 1 });
    const foreign = new Cursors(new Uint8Array(32).fill(2)).seal(['statement', cardId, null, null, 'UTC', null], {
      towards: 'next',
      key: 1,
    });
    const wrong = [
      { cursor: `${cursor}x` },
      { cursor: `x${cursor}` },
      { cursor: '' },
      { cursor: foreign },
      { cursor, status: 'booked' as const },
      { cursor, fromBookingDate: '2026-01-01' },
    ];
    for (const query of wrong) {
      const refusal = await failureOf(queries.statement({ cardId, ...query }));
      expect(refusal, JSON.stringify(query)).to.be.instanceOf(InvalidCursor);
      expect(refusal).to.deep.include({ field: 'cursor' });
    }
    for (const [field, value] of [
      ['fromBookingDate', '2026-02-30'],
      ['toBookingDate', '2026-13-01'],
      ['toBookingDate', '+02026-01-01'],
      ['limit', 0],
      ['limit', 101],
      ['limit', 1.5],
    ] as const) {
      const refusal = await failureOf(queries.statement({ cardId, [field]: value }));
      expect(refusal, field).to.be.instanceOf(InvalidFilter);
      expect(refusal).to.deep.include({ field });
    }
    const turned = queries.statement({ cardId, fromBookingDate: '2026-01-02', toBookingDate: '2026-01-01' });
    expect(await failureOf(turned)).to.deep.include({ field: 'toBookingDate' });
  });

  it('as CSV quotes what needs it, and runs no formula', async () => {
    const account = issue('BHD');
    account.reserve(12_345, 'Noite, "grande"');
    account.now += hourMs;
    account.book('Noite, "grande"');
    for (const description of ['=1+1', '+1', '-1', '@x', ' =1', 'two\r\nlines', 'a=b'])
      account.announce(5, description);
    await show(account);
    const pending = (lineId: string, description: string): string =>
      `${lineId},2026-01-01T01:00:00.000Z,,${description},C,future,0.005,BHD,\r\n`;
    expect(await textOf(await queries.csv({ cardId: account.cardId }))).to.equal(
      [
        'Line id,Date,Booked,Description,Credit or debit,Status,Amount,Currency,Running balance\r\n',
        pending('r-9', 'a=b'),
        pending('r-8', '"two\r\nlines"'),
        pending('r-7', "' =1"),
        pending('r-6', "'@x"),
        pending('r-5', "'-1"),
        pending('r-4', "'+1"),
        pending('r-3', "'=1+1"),
        'x-1,2026-01-01T00:00:00.000Z,2026-01-01T01:00:00.000Z,"Noite, ""grande""",D,booked,-12.345,BHD,-12.345\r\n',
      ].join(''),
    );
  });

  it('as OFX has signed amounts, the same ids each time, and the closing balance', async () => {
    const account = issue('JPY');
    account.reserve(1_200, 'Tom & <Jerry>\u0007');
    account.now += hourMs;
    account.book('Tom & <Jerry>\u0007');
    account.announce(200);
    account.now += 48 * hourMs;
    account.credit('A description of more than thirty-two characters');
    await show(account);
    const filter = { cardId: account.cardId };
    const text = await textOf(await queries.ofx(filter));
    expect(text).to.match(/<ACCTID>4242-[\w-]{17}<\/ACCTID>/);
    expect(
      text.replace(/<ACCTID>.*?<\/ACCTID>/, '<ACCTID/>'),
    ).to.equal(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><DTSERVER>20260103010000.000[0:GMT]</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>
<CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>0</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><CCSTMTRS>
<CURDEF>JPY</CURDEF>
<CCACCTFROM><ACCTID/></CCACCTFROM>
<BANKTRANLIST><DTSTART>20260101000000.000[0:GMT]</DTSTART><DTEND>20260103010000.000[0:GMT]</DTEND>
<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260103010000.000[0:GMT]</DTPOSTED><TRNAMT>200</TRNAMT><FITID>r-3</FITID><NAME>A description of more than thirt</NAME><MEMO>A description of more than thirty-two characters</MEMO></STMTTRN>
<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20260101010000.000[0:GMT]</DTPOSTED><TRNAMT>-1200</TRNAMT><FITID>x-1</FITID><NAME>Tom &amp; &lt;Jerry&gt;&#65533;</NAME><MEMO>Tom &amp; &lt;Jerry&gt;&#65533;</MEMO></STMTTRN>
</BANKTRANLIST>
<LEDGERBAL><BALAMT>-1000</BALAMT><DTASOF>20260103010000.000[0:GMT]</DTASOF></LEDGERBAL>
</CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1>
</OFX>
`);
    const early = await textOf(
      await queries.ofx({ ...filter, fromBookingDate: '2025-12-01', toBookingDate: '2026-01-02' }),
    );
    expect(early).to.include('<BALAMT>-1200</BALAMT><DTASOF>20260102235959.999[0:GMT]</DTASOF>');
    expect(early).to.include('<FITID>x-1</FITID>').and.not.include('r-3');
    expect(early).to.include('<DTSTART>20260101000000.000[0:GMT]</DTSTART>');
  });

  it('as CSV has every line of a long one', async () => {
    const account = issue();
    for (let count = 0; count < 1_100; count++) account.reserve(1);
    await show(account);
    const rows = (await textOf(await queries.csv({ cardId: account.cardId }))).trim().split('\r\n');
    expect(new Set(rows)).to.have.property('size', 1_101);
  });
});
