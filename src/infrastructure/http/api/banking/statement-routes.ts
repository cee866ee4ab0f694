import type { StatementQueries } from '../../../../application/banking/statement-queries.js';
import { card } from '../../../../domain/banking/card.js';
import { streamOf } from '../../../../domain/decider.js';
import { statement } from '../../../../projections/banking/statement.js';
import { Problem } from '../../frame/problem.js';
import { type Route, route } from '../../frame/route.js';
import { pageReply, pageRequest } from '../pages.js';
import { type ReadYourWrites, readProblems } from '../read-your-writes.js';
import { CardParams } from './bank-fields.js';
import { StatementCsvQuery, StatementQuery, StatementRangeQuery } from './statement-fields.js';
import { Statement } from './statement-replies.js';

export interface StatementRouteParts {
  readonly statements: StatementQueries;
  /** A bank that runs alone, with events and views of its own, has the statements of the cards that it knows. */
  readonly isBankApart: boolean;
  readonly readYourWrites: ReadYourWrites;
}

type ConsistencyToken = Parameters<ReadYourWrites['read']>[1];

const contentTypes = { csv: 'text/csv; charset=utf-8; header=present', ofx: 'application/x-ofx' } as const;

const problems = { ...readProblems, 404: ['not_found', 'kept_by_bank'] };

const keptByBank = (): Problem =>
  new Problem({
    status: 404,
    code: 'kept_by_bank',
    title:
      'There is nothing here: the bank runs alone, and has the statements of its cards at the same address of its own',
  });

/** Reads of a card holder. */
export const statementRoutes = ({ statements, isBankApart, readYourWrites }: StatementRouteParts): readonly Route[] => {
  const read = <T>(cardId: string, token: ConsistencyToken, query: () => Promise<T | undefined>): Promise<T> => {
    const ofCard = async (): Promise<T | undefined> => {
      const found = await query();
      if (found === undefined && isBankApart) throw keptByBank();
      return found;
    };
    return readYourWrites.read(statement, token, ofCard, streamOf(card, cardId));
  };
  return [
    route({
      method: 'get',
      path: '/v1/cards/{cardId}/statement',
      operationId: 'getStatement',
      summary: 'Booked and pending lines of a card, newest first, with its balances',
      tags: ['statements'],
      policy: 'public',
      params: CardParams,
      query: StatementQuery,
      idempotent: false,
      responses: { 200: { description: 'A page', body: Statement, headers: ['ETag'] }, ...problems },
      handler: async ({ params: { cardId }, query, consistencyToken }) => {
        const request = { cardId, ...pageRequest(query) };
        const page = await read(cardId, consistencyToken, () => statements.statement(request));
        const body = pageReply(`/v1/cards/${cardId}/statement`, query, page);
        return { status: 200, body, etag: page.revision };
      },
    }),
    ...(['csv', 'ofx'] as const).map((format) =>
      route({
        method: 'get',
        path: `/v1/cards/{cardId}/statement.${format}`,
        operationId: `exportStatement${format === 'csv' ? 'Csv' : 'Ofx'}`,
        summary: `The statement as ${format === 'csv' ? 'CSV (RFC 4180); with bom=true spreadsheets see that it is UTF-8' : 'OFX'}`,
        tags: ['statements'],
        policy: 'public',
        params: CardParams,
        query: format === 'csv' ? StatementCsvQuery : StatementRangeQuery,
        idempotent: false,
        responses: {
          200: { description: 'The file', body: 'text', contentType: contentTypes[format] },
          ...problems,
        },
        handler: async ({ params: { cardId }, query, consistencyToken }) => {
          const request = { cardId, ...pageRequest(query) };
          const pieces = await read(cardId, consistencyToken, () => statements[format](request));
          const headers = { 'Content-Disposition': `attachment; filename="statement.${format}"` };
          return { status: 200, pieces, contentType: contentTypes[format], headers };
        },
      }),
    ),
  ];
};
