import type { OrderResult, Orders } from '../../../../application/ticketing/orders.js';
import type { Purchases } from '../../../../application/ticketing/purchases.js';
import { invalidField, Problem } from '../../frame/problem.js';
import { type DocumentedProblem, type Reply, type Route, route } from '../../frame/route.js';
import { toJson } from '../json.js';
import type { ReadYourWrites } from '../read-your-writes.js';
import { unwrap } from '../refusals.js';
import { OrderBody, OrderParams, PaymentBody, PaymentParams, RefundBody } from './order-fields.js';
import { OrderSummary } from './order-replies.js';
import { Payment, Refund } from './payment-replies.js';
import { paymentReply } from './payment-reply.js';
import {
  cardDeclined,
  limitPerPerson,
  notCancellable,
  notExtendable,
  notRefundable,
  paymentInProgress,
  refundExceedsPaid,
  saleNotOpen,
  seatsTaken,
  soldOut,
  ticketsUsed,
  tooManyAttempts,
} from './problems.js';

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
  const change = (name: 'extend' | 'cancel', summary: string, conflicts: readonly DocumentedProblem[]): Route =>
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
          description: 'The order now',
          body: OrderSummary,
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
      summary: 'Holds places for a buyer until the order expires; where they are free, the order is fulfilled at once',
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
          description: 'The places are held',
          body: OrderSummary,
          headers: ['Location', 'ETag', 'Consistency-Token'],
        },
        404: ['not_found'],
        409: [soldOut, limitPerPerson, seatsTaken, saleNotOpen, 'show_has_begun'],
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
    change('extend', 'Holds the places longer, up to the cap', ['extension_capped', notExtendable]),
    change('cancel', 'Gives the places back before anything was paid', [notCancellable]),
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
        201: { description: 'Paid', body: Payment, headers: ['Location', 'Consistency-Token'] },
        202: {
          description: 'Not known yet: look at the order again, do not pay again',
          body: Payment,
          headers: ['Location', 'Retry-After', 'Consistency-Token'],
        },
        402: [cardDeclined],
        404: ['not_found'],
        409: [
          'already_paid',
          'nothing_to_pay',
          paymentInProgress,
          'payment_reversed',
          tooManyAttempts,
          'order_cancelled',
        ],
        410: ['hold_lapsed'],
      },
      handler: async ({ params, body, context }) => {
        const { value, written } = unwrap(await purchases.pay(params.orderId, body.cardToken, context));
        return paymentReply(value, readYourWrites.tokenFor(written));
      },
    }),
    route({
      method: 'post',
      path: '/v1/orders/{orderId}/payments/{paymentId}/cancel',
      operationId: 'cancelPayment',
      summary: 'Gives up a payment that waits for a confirmation: it is reversed, then another card may pay',
      tags,
      policy: 'public',
      params: PaymentParams,
      idempotent: true,
      responses: {
        200: {
          description: 'Reversed: the order now',
          body: OrderSummary,
          headers: ['ETag', 'Consistency-Token'],
        },
        202: {
          description: 'Not reversed yet: look at the order again',
          body: OrderSummary,
          headers: ['ETag', 'Retry-After', 'Consistency-Token'],
        },
        404: ['not_found'],
        409: ['already_paid', paymentInProgress],
      },
      handler: async ({ params: { orderId, paymentId }, context }) => {
        const given = await purchases.giveUp(orderId, paymentId, context);
        const isOpen = given.refusal === undefined && given.value.status === 'checking';
        return { ...reply(given, isOpen ? 202 : 200), ...(isOpen && { retryAfterSeconds: 2 }) };
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
        201: { description: 'Paid back', body: Refund, headers: ['Consistency-Token'] },
        202: { description: 'Not done yet', body: Refund, headers: ['Retry-After', 'Consistency-Token'] },
        404: ['not_found'],
        409: [notRefundable, refundExceedsPaid, ticketsUsed, 'refund_refused'],
      },
      handler: async ({ params, body, context }) => {
        const { ticketIds, amountMinor, keepsTickets, unusedOnly } = body;
        if (unusedOnly === true && (ticketIds !== undefined || amountMinor !== undefined)) {
          throw invalidField('body', 'unusedOnly', 'either', 'goes with neither ticketIds nor amountMinor');
        }
        const request = {
          ...(ticketIds && { ticketIds }),
          ...(amountMinor !== undefined && { amountMinor }),
          ...(keepsTickets !== undefined && { keepsTickets }),
          ...(unusedOnly !== undefined && { unusedOnly }),
        };
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
