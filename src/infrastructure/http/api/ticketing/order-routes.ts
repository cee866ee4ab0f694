import { declineCodeForBuyer } from '../../../../application/ticketing/decline-code.js';
import type { OrderResult, Orders } from '../../../../application/ticketing/orders.js';
import type { PaymentStanding, Purchases } from '../../../../application/ticketing/purchases.js';
import type { Mark } from '../../../../application/views/view-progress.js';
import { invalidField, Problem } from '../../frame/problem.js';
import { type Reply, type Route, route } from '../../frame/route.js';
import { instantText, toJson } from '../json.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { OrderBody, OrderParams, PaymentBody, RefundBody } from './order-fields.js';
import { orderStandingSchema } from './sale-schemas.js';

export interface OrderRouteParts {
  readonly orders: Orders;
  readonly purchases: Purchases;
  readonly readYourWrites: ReadYourWrites;
}

const tags = ['orders'];

/** Commands of a buyer. */
export const orderRoutes = ({ orders, purchases, readYourWrites }: OrderRouteParts): readonly Route[] => {
  const reply = (result: OrderResult, status: number): Reply => {
    const { value, written } = unwrap(result);
    return {
      status,
      body: toJson(value),
      etag: value.revision,
      consistencyToken: readYourWrites.tokenFor(written),
      ...(status === 201 && { location: `/v1/orders/${value.orderId}` }),
    };
  };
  const change = (name: 'extend' | 'cancel', summary: string, conflicts: readonly string[]): Route =>
    route({
      method: 'post',
      path: `/v1/orders/{orderId}/${name}`,
      operationId: `${name}Order`,
      summary,
      tags,
      policy: 'public',
      params: OrderParams,
      idempotent: true,
      responses: {
        200: {
          description: 'The order as it stands',
          body: orderStandingSchema,
          headers: ['ETag', 'Consistency-Token'],
        },
        404: ['not_found'],
        409: conflicts,
        410: ['hold_lapsed'],
      },
      handler: async ({ params, context }) => reply(await orders[name](params.orderId, context), 200),
    });
  return [
    route({
      method: 'post',
      path: '/v1/orders',
      operationId: 'placeOrder',
      isSheddable: true,
      summary: 'Keeps places for a buyer until the order expires',
      tags,
      policy: 'public',
      body: OrderBody,
      bodyExample: {
        saleId: '3f0c1c1e-6a38-4d0b-9a53-0a4d5b0c9d11',
        quantity: 2,
        buyer: { email: 'ana@example.com', name: 'Ana Lima' },
      },
      idempotent: true,
      responses: {
        201: {
          description: 'The places are kept',
          body: orderStandingSchema,
          headers: ['Location', 'ETag', 'Consistency-Token'],
        },
        404: ['not_found'],
        409: ['sold_out', 'limit_per_person', 'seats_taken', 'sale_not_open'],
        410: ['hold_lapsed'],
      },
      handler: async ({ body, context }) => {
        const { saleId, quantity, seats, buyer } = body;
        if ((quantity === undefined) === (seats === undefined)) {
          throw invalidField('body', 'quantity', 'either', 'must be given, or seats instead: one of the two');
        }
        const places = seats === undefined ? { quantity: quantity ?? 0 } : { seats };
        const order = { saleId, ...places, buyer: { email: buyer.email, name: buyer.name } };
        return reply(await orders.place(order, context), 201);
      },
    }),
    change('extend', 'Keeps the places longer, as far as the cap lets it', ['extension_capped', 'not_extendable']),
    change('cancel', 'Gives the places back before anything was paid', ['not_cancellable']),
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/payments',
      operationId: 'payOrder',
      summary: 'Pays with a card token; the key names this one attempt',
      tags,
      policy: 'public',
      params: OrderParams,
      body: PaymentBody,
      idempotent: true,
      responses: {
        201: { description: 'Paid', body: paymentSchema, headers: ['Location', 'Consistency-Token'] },
        202: {
          description: 'Not known yet: look at the order again, do not pay again',
          body: paymentSchema,
          headers: ['Location', 'Retry-After', 'Consistency-Token'],
        },
        402: ['card_declined'],
        404: ['not_found'],
        409: ['already_paid', 'payment_in_progress', 'too_many_attempts', 'order_cancelled'],
        410: ['hold_lapsed'],
      },
      handler: async ({ params, body, context }) => {
        const { value, written } = unwrap(await purchases.pay(params.orderId, body.cardToken, context));
        return paymentReply(value, readYourWrites.tokenFor(written));
      },
    }),
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/refunds',
      operationId: 'refundOrder',
      summary: 'Gives money back: for tickets, which are cancelled, an amount, or all that is left',
      tags,
      policy: 'public',
      params: OrderParams,
      body: RefundBody,
      idempotent: true,
      responses: {
        201: { description: 'Paid back', body: { type: 'object' }, headers: ['Consistency-Token'] },
        202: { description: 'Not done yet', body: { type: 'object' }, headers: ['Retry-After', 'Consistency-Token'] },
        404: ['not_found'],
        409: ['not_refundable', 'refund_exceeds_paid', 'refund_refused'],
      },
      handler: async ({ params, body, context }) => {
        const { ticketIds, amountMinor } = body;
        const request = { ...(ticketIds && { ticketIds }), ...(amountMinor !== undefined && { amountMinor }) };
        const { value, written } = unwrap(await purchases.refund(params.orderId, request, context));
        const { step, ...refund } = value.refund;
        const consistencyToken = readYourWrites.tokenFor(written);
        if (step === 'refused') {
          const title = 'The refund was refused';
          throw new Problem({ status: 409, code: 'refund_refused', title, consistencyToken });
        }
        const status = step === 'paid' ? 'paid' : 'pending';
        const answer = toJson({ ...refund, status, orderStatus: value.order.status });
        return step === 'paid'
          ? { status: 201, body: answer, consistencyToken }
          : { status: 202, body: answer, retryAfterSeconds: 2, consistencyToken };
      },
    }),
  ];
};

const text = { type: 'string' };
const paymentSchema = {
  type: 'object',
  required: ['paymentId', 'orderId', 'status', 'orderStatus'],
  properties: {
    paymentId: { type: 'string', format: 'uuid' },
    orderId: { type: 'string', format: 'uuid' },
    status: { type: 'string', enum: ['paid', 'pending', 'action_required'] },
    orderStatus: text,
    card: { type: 'object', properties: { cardId: text, brand: text, lastFour: text } },
    actionUrl: { type: 'string', description: 'where the buyer confirms the payment' },
    expiresAt: { type: 'string', format: 'date-time' },
  },
};

const paymentReply = (standing: PaymentStanding, consistencyToken: readonly Mark[]): Reply => {
  const { transactionId, step, decline, order, card, actionUrl } = standing;
  const { orderId } = order;
  const location = `/v1/orders/${orderId}`;
  const body = {
    paymentId: transactionId,
    orderId,
    orderStatus: order.status,
    expiresAt: instantText(order.expiresAt),
    ...(card && { card }),
  };
  switch (step) {
    case 'declined':
      throw new Problem({
        status: 402,
        code: 'card_declined',
        title: 'The card was declined',
        consistencyToken,
        extensions: {
          declineCode: declineCodeForBuyer(decline?.code ?? ''),
          mayRetry: decline?.mayRetry ?? false,
          orderStatus: order.status,
          expiresAt: body.expiresAt,
        },
      });
    case 'reversed':
      throw new Problem({
        status: 410,
        code: 'hold_lapsed',
        title: 'The places were gone: the payment was reversed',
        consistencyToken,
      });
    case 'authorised':
    case 'captured':
      return { status: 201, location, consistencyToken, body: { ...body, status: 'paid' } };
    case 'action_required':
      return {
        status: 202,
        location,
        consistencyToken,
        retryAfterSeconds: 2,
        body: { ...body, status: step, actionUrl },
      };
    case 'started':
    case 'unknown':
    case 'abandoned':
      return { status: 202, location, consistencyToken, retryAfterSeconds: 2, body: { ...body, status: 'pending' } };
    default:
      return step satisfies never;
  }
};
