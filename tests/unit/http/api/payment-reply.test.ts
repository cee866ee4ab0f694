import { expect } from 'chai';
import { paymentReply } from '../../../../src/infrastructure/http/api/ticketing/payment-reply.js';
import { Problem } from '../../../../src/infrastructure/http/frame/problem.js';

const problemOf = (orderStatus: 'awaiting_payment' | 'cancelled' | 'expired'): readonly [number, string] => {
  const money = { amountMinor: 4_500, currency: 'EUR' };
  const order = { orderId: 'o', saleId: 's', quantity: 1, total: money, expiresAt: 1, revision: '3' };
  const summary = {
    transactionId: 'p',
    step: 'reversed' as const,
    order: { ...order, status: orderStatus },
  };
  try {
    paymentReply(summary, []);
  } catch (error) {
    if (error instanceof Problem) return [error.status, error.code];
    throw error;
  }
  throw new Error('a payment that was reversed is a problem');
};

describe('the answer to a payment that was reversed', () => {
  it('says that the places are gone where its order has expired, and else that it was given up', () => {
    expect(problemOf('expired')).to.deep.equal([410, 'hold_lapsed']);
    for (const status of ['awaiting_payment', 'cancelled'] as const) {
      expect(problemOf(status)).to.deep.equal([409, 'payment_reversed']);
    }
  });
});
