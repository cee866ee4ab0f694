import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { StatementQueries } from '../../../../src/application/banking/statement-queries.js';
import { Cursors } from '../../../../src/application/cursor.js';
import type { Query, ViewStore } from '../../../../src/application/ports/views.js';
import { statementRoutes } from '../../../../src/infrastructure/http/api/banking/statement-routes.js';
import { ReadYourWrites } from '../../../../src/infrastructure/http/api/read-your-writes.js';
import { type AccessRecord, application } from '../../../../src/infrastructure/http/frame/application.js';
import { createServer, type RunningServer } from '../../../../src/infrastructure/http/frame/server.js';
import { problemOfRead } from '../../../../src/main/servers.js';
import type { CardDocument, StatementLineDocument } from '../../../../src/projections/banking/statement.js';
import { until } from '../../../support/until.js';

const lines = 100_000;
const cardId = '0b9f6f0e-6f5b-8c3a-9d2e-1a2b3c4d5e6f';
/** Far more of them than the system keeps of a connection that no one reads. */
const mostAhead = lines / 2;
const description = `Noite é grande ${'x'.repeat(1_000)}`;

const card: CardDocument = {
  cardId,
  brand: 'visa',
  lastFour: '4242',
  holder: 'Ann',
  limitMinor: 1,
  issuedAt: 0,
  currency: 'EUR',
  balanceMinor: -lines,
  reservedMinor: 0,
  asOf: lines,
  revision: String(lines),
};

const line = (seq: number): StatementLineDocument => ({
  lineId: `line-${seq}`,
  cardId,
  creditDebit: 'D',
  status: 'booked',
  amountMinor: 1,
  currency: 'EUR',
  description,
  at: seq,
  seq,
  heardSeq: seq,
  bookedAt: seq,
  balanceMinor: -seq,
});

const unexpected = () => Promise.reject(new Error('a read has no key'));
const noKeys = { claim: unexpected, complete: unexpected, release: unexpected, close: unexpected };

/** Views of one card with many lines, of which each is made when it is asked for. */
class LongStatement implements Pick<ViewStore, 'get' | 'find'> {
  made = 0;
  failAt = Number.POSITIVE_INFINITY;

  async get() {
    return { _id: cardId, ...card };
  }

  async find(_view: unknown, _collection: string, { where = {}, limit }: Query) {
    const { status, seq } = where;
    if (status !== 'booked' || typeof seq !== 'object' || seq === null) return [];
    const below = typeof seq.$lt === 'number' ? seq.$lt : lines;
    if (below < lines - this.failAt) throw new Error('the views are gone');
    const found = Array.from({ length: Math.min(limit, below) }, (_, index) => line(below - 1 - index));
    this.made += limit === 1 ? 0 : found.length;
    return found.map((document) => ({ _id: document.lineId, ...document }));
  }
}

describe('the export of a long statement', () => {
  let views: LongStatement;
  let server: RunningServer;
  let errors: unknown[];
  let records: AccessRecord[];

  beforeEach(async () => {
    views = new LongStatement();
    errors = [];
    records = [];
    const statements = new StatementQueries(views, new Cursors(new Uint8Array(32)));
    const readYourWrites = new ReadYourWrites({ waitFor: async () => true }, 1);
    const { listener } = application(statementRoutes({ statements, isBankApart: false, readYourWrites }), {
      info: { title: 'Statements', version: '1' },
      idempotency: noKeys,
      secret: new Uint8Array(32),
      callerOf: () => 'anonymous',
      problemOf: problemOfRead,
      onError: (error) => errors.push(error),
      onAnswered: (record) => records.push(record),
    });
    server = await createServer(listener, { port: 0 });
  });
  afterEach(() => server.drain(100));

  const ask = async (format: string, method = 'GET'): Promise<IncomingMessage> => {
    const asked = get(`${server.url}/v1/cards/${cardId}/statement.${format}`, { method });
    const [response]: IncomingMessage[] = await once(asked, 'response');
    if (response === undefined) throw new Error('no answer');
    return response;
  };

  for (const [format, isLine] of [
    ['csv', /^line-\d+,/],
    ['ofx', /^<STMTTRN>/],
  ] as const) {
    it(`as ${format} is made no faster than it is read`, async () => {
      const response = await ask(format);
      let found = 0;
      let rest = '';
      let furthestAhead = 0;
      for await (const chunk of response.setEncoding('utf8')) {
        furthestAhead = Math.max(furthestAhead, views.made - found);
        const rows = (rest + chunk).split('\n');
        rest = rows.pop() ?? '';
        found += rows.filter((row) => isLine.test(row)).length;
      }
      expect([response.statusCode, found, response.complete]).to.deep.equal([200, lines, true]);
      expect(furthestAhead).to.be.below(mostAhead);
      expect(errors).to.deep.equal([]);
    }).timeout(60_000);
  }

  it('ends with its reader', async () => {
    const response = await ask('csv');
    response.destroy();
    await until('it is noted', () => records.length === 1);
    expect(records[0]?.status).to.equal(499);
    expect(views.made).to.be.below(lines);
    expect(errors).to.deep.equal([]);
  });

  it('is cut off where it fails in the middle, and the log has it', async () => {
    views.failAt = 50_000;
    const response = await ask('csv');
    const failed = await once(response.resume(), 'end').then(
      () => 'ended',
      () => 'cut off',
    );
    expect([failed, response.complete]).to.deep.equal(['cut off', false]);
    await until('it is told', () => errors.length === 1);
    expect(errors[0]).to.be.an('error').with.property('message', 'the views are gone');
  });

  it('is an answer of its own where it fails at its beginning', async () => {
    views.find = async () => {
      throw new Error('the views are gone');
    };
    const response = await ask('csv');
    response.resume();
    expect([response.statusCode, response.headers['content-type']]).to.deep.equal([500, 'application/problem+json']);
  });

  it('has no body for HEAD', async () => {
    const response = await ask('csv', 'HEAD');
    expect([response.statusCode, response.headers['content-type']]).to.deep.equal([
      200,
      'text/csv; charset=utf-8; header=present',
    ]);
    expect(views.made).to.be.below(1_000);
  });

  it('begins with a byte order mark where that was asked for', async () => {
    for (const [query, first] of [
      ['csv?bom=true', 0xfe_ff],
      ['csv', 0x4c],
    ] as const) {
      const response = await ask(query);
      const [chunk]: string[] = await once(response.setEncoding('utf8'), 'data');
      expect(chunk?.charCodeAt(0), query).to.equal(first);
      response.destroy();
    }
  });

  it('as OFX is ASCII alone', async () => {
    const response = await ask('ofx');
    const [chunk]: string[] = await once(response.setEncoding('utf8'), 'data');
    expect(chunk)
      .to.match(/^[\n\x20-\x7e]+$/)
      .and.include('<NAME>Noite &#233; grande xxx');
    response.destroy();
  });
});
