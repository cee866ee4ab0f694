import { declineCodeForBuyer } from '../../../../application/ticketing/decline-code.js';
import type { PaymentSummary } from '../../../../application/ticketing/purchases.js';
import type { PartitionPosition } from '../../../../application/views/view-progress.js';
import { Problem } from '../../frame/problem.js';
import type { Reply } from '../../frame/route.js';
import { instantText } from '../json.js';

/** What an attempt to pay came to. @throws Problem for a decline, and for a payment that was reversed */
export const paymentReply = (summary: PaymentSummary, consistencyToken: readonly PartitionPosition[]): Reply => {
  const { transactionId, step, decline, order, card, actionUrl } = summary;
  const { orderId } = order;
  const location = `/v1/orders/${orderId}`;
  const body = {
    paymentId: transactionId,
    orderId,
    orderStatus: order.status,
    expiresAt: instantText(order.expiresAt),
    ...(card && { card }),
  };
  const pending = { status: 202, location, consistencyToken, retryAfterSeconds: 2 };
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
      if (order.status !== 'expired') {
        throw new Problem({
          status: 409,
          code: 'payment_reversed',
          title: 'The payment was given up and reversed',
          consistencyToken,
        });
      }
      throw new Problem({
        status: 410,
        code: 'hold_lapsed',
        title: 'The places were no longer free: the payment was reversed',
        consistencyToken,
      });
    case 'authorised':
    case 'captured':
      return { status: 201, location, consistencyToken, body: { ...body, status: 'paid' } };
    case 'action_required':
      return { ...pending, body: { ...body, status: step, actionUrl } };
    case 'started':
    case 'unknown':
    case 'abandoned':
    case 'without_places':
      return { ...pending, body: { ...body, status: 'pending' } };
    default:
      return step satisfies never;
  }
};
