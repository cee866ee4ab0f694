import type { StatementQueries } from '../../../../application/banking/statement-queries.js';
import { card } from '../../../../domain/banking/card.js';
import { streamOf } from '../../../../domain/decider.js';
import { statement } from '../../../../projections/banking/statement.js';
import { type Route, route } from '../../frame/route.js';
import { pageReply, pageRequest } from '../pages.js';
import { type ReadYourWrites, readProblems } from '../read-your-writes.js';
import { CardParams } from './bank-fields.js';
import { StatementCsvQuery, StatementQuery, StatementRangeQuery } from './statement-fields.js';
import { Statement } from './statement-replies.js';

export interface StatementRouteParts {
  readonly statements: StatementQueries;
  readonly readYourWrites: ReadYourWrites;
}

const contentTypes = { csv: 'text/csv; charset=utf-8; header=present', ofx: 'application/x-ofx' } as const;

/** Reads of a card holder. */
export const statementRoutes = ({ statements, readYourWrites }: StatementRouteParts): readonly Route[] => [
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
    responses: { 200: { description: 'A page', body: Statement, headers: ['ETag'] }, ...readProblems },
    handler: async ({ params: { cardId }, query, consistencyToken }) => {
      const request = { cardId, ...pageRequest(query) };
      const stream = streamOf(card, cardId);
      const page = await readYourWrites.read(statement, consistencyToken, () => statements.statement(request), stream);
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
        ...readProblems,
      },
      handler: async ({ params: { cardId }, query, consistencyToken }) => {
        const request = { cardId, ...pageRequest(query) };
        const stream = streamOf(card, cardId);
        const pieces = await readYourWrites.read(
          statement,
          consistencyToken,
          () => statements[format](request),
          stream,
        );
        const headers = { 'Content-Disposition': `attachment; filename="statement.${format}"` };
        return { status: 200, pieces, contentType: contentTypes[format], headers };
      },
    }),
  ),
];
