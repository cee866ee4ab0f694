import type { BankKey } from '../../../../application/banking/bank-key.js';
import type { CardPayments } from '../../../../application/banking/card-payments.js';
import { tokenise } from '../../../../application/banking/card-token.js';
import type { CardIssuing } from '../../../../application/banking/issue-card.js';
import type { Clock } from '../../../../application/ports/clock.js';
import { streamOf } from '../../../../domain/decider.js';
import { invalidField, Problem } from '../../frame/problem.js';
import { type Route, route } from '../../frame/route.js';
import { keyReused } from '../../idempotency/idempotency-key.js';
import { instantText } from '../json.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { CardBody, CardDataBody, ConfirmationBody, TransactionParams } from './bank-fields.js';
import { CardToken, IssuedCard, Transaction } from './bank-replies.js';

export interface BankRouteParts {
  readonly issuing: CardIssuing;
  readonly payments: CardPayments;
  readonly key: BankKey;
  readonly clock: Pick<Clock, 'now'>;
  readonly readYourWrites: ReadYourWrites;
}

const tags = ['bank'];

/** Field of the request that a refusal to tokenise tells of. */
const messages: Readonly<Record<string, string>> = {
  card_number_invalid: 'must be a card number with a right check digit',
  expiry_month_invalid: 'must be a month from 1 to 12',
  expiry_year_invalid: 'must be a year of four digits',
  security_code_invalid: 'must be 3 digits (4 for American Express)',
};

/** A card is good through the last moment of its month in the bank's time zone, which is UTC. */
const cardExpired = (): Problem =>
  new Problem({
    status: 422,
    code: 'card_expired',
    title: 'The card has expired',
    errors: [
      {
        field: 'expiryYear',
        in: 'body',
        code: 'card_expired',
        message: 'must not be in the past, together with expiryMonth',
      },
    ],
  });

/** The bank's own routes: the only ones that ever take or tell a card's number. */
export const bankRoutes = ({ issuing, payments, key, clock, readYourWrites }: BankRouteParts): readonly Route[] => [
  route({
    method: 'post',
    path: '/bank/v1/cards',
    operationId: 'issueCard',
    summary: 'Issues a card; number and security code are told here and nowhere else',
    tags,
    policy: 'public',
    body: CardBody,
    bodyExample: { holder: 'Ana Lima', limit: { amountMinor: 50000, currency: 'EUR' } },
    idempotent: true,
    storesResponse: false,
    responses: {
      201: {
        description: 'The card',
        headers: ['Consistency-Token'],
        body: IssuedCard,
      },
    },
    handler: async ({ body, context }) => {
      const limit = { amountMinor: body.limit.amountMinor, currency: body.limit.currency };
      const issued = await issuing.issue({ holder: body.holder, limit }, context);
      if (issued.status === 'refused') throw keyReused();
      const { status: _, position, ...card } = issued;
      const stream = streamOf({ category: 'card' }, card.cardId);
      return { status: 201, body: card, consistencyToken: readYourWrites.tokenFor([{ stream, position }]) };
    },
  }),
  route({
    method: 'post',
    path: '/bank/v1/tokens',
    operationId: 'tokeniseCard',
    summary: 'Exchanges card data for a token that pays once, within 15 minutes; changes nothing, so it needs no key',
    tags,
    policy: 'public',
    body: CardDataBody,
    takesCardData: ['number'],
    idempotent: false,
    responses: {
      201: {
        description: 'The token to pay with',
        body: CardToken,
      },
      422: ['card_expired'],
    },
    handler: async ({ body }) => {
      const { number, expiryMonth, expiryYear, securityCode } = body;
      const result = tokenise(key, { number, expiryMonth, expiryYear, securityCode }, clock.now());
      if (result.status === 'refused') {
        if (result.code === 'card_expired') throw cardExpired();
        throw invalidField('body', result.field, result.code, messages[result.code] ?? 'is not valid');
      }
      const { status: _, endsAt, ...token } = result;
      return { status: 201, body: { ...token, expiresAt: instantText(endsAt) } };
    },
  }),
  route({
    method: 'post',
    path: '/bank/v1/transactions/{transactionId}/confirmations',
    operationId: 'confirmTransaction',
    summary: "The card holder's answer to the bank's confirmation step",
    tags,
    policy: 'public',
    params: TransactionParams,
    body: ConfirmationBody,
    idempotent: true,
    responses: {
      200: { description: 'The transaction now', body: Transaction },
      404: ['not_found'],
      409: ['no_action_required'],
    },
    handler: async ({ params, body, context }) => {
      const call = { transactionId: params.transactionId, outcome: body.outcome };
      const answered = await payments.confirm(call, context);
      if (answered.refusal?.code === 'not_found') unwrap({ refusal: { code: 'transaction_unknown' } });
      const { answer } = unwrap(answered);
      return { status: 200, body: { transactionId: params.transactionId, status: answer?.status } };
    },
  }),
];
