import { invalidField, notFound, Problem } from '../frame/problem.js';
import { keyReused } from '../idempotency/idempotency-key.js';
import { toJson } from './json.js';

const conflicts: Readonly<Record<string, string>> = {
  sale_not_open: 'Tickets are not on sale now',
  sale_closed: 'The sale has been closed',
  show_has_begun: 'The show has begun, and the sale does not sell after its start',
  sold_out: 'There are not enough places left',
  limit_per_person: 'This is more than one person may buy',
  seats_taken: 'A seat has been taken already',
  extension_capped: 'The places cannot be held any longer',
  capacity_below_taken: 'More places than that are held or sold',
  capacity_is_seats: 'The capacity follows from the named seats',
  already_sold: 'The places have been sold',
  order_cancelled: 'The order was cancelled',
  already_paid: 'The order has been paid',
  nothing_to_pay: 'The order is free: there is nothing to pay',
  payment_in_progress: 'A payment is under way: do not pay again',
  too_many_attempts: 'There were too many attempts to pay this order',
  not_cancellable: 'The order cannot be cancelled in its current status',
  not_extendable: 'The order cannot be extended in its current status',
  not_refundable: 'There is nothing to refund on this order',
  tickets_used: 'A ticket has been used, and nothing was refunded',
  refund_exceeds_paid: 'This is more than is left of the payment',
  not_waiting_for_this: 'The order is not waiting for this',
  secret_unknown: 'This code does not belong to the ticket',
  secret_revoked: 'The ticket has been passed on: this code is no longer valid',
  other_show: 'The ticket is for another show',
  already_inside: 'The ticket has been used',
  not_inside: 'The ticket has not been checked in',
  not_refunded: 'The ticket has not been refunded',
  ticket_blocked: 'The ticket is blocked',
  ticket_revoked: 'The ticket was revoked',
  ticket_cancelled: 'The ticket was cancelled',
  no_action_required: 'The payment is not waiting for a confirmation',
};

/** Refusals that tell of one field of the request. */
const fields: Readonly<Record<string, readonly [field: string, message: string]>> = {
  unknown_seats: ['seats', 'must be seats of this sale'],
  seats_required: ['seats', 'must be named: the places of this sale have names'],
  seats_not_named: ['seats', 'must be left out: the places of this sale have no names'],
  unknown_tickets: ['ticketIds', 'must be tickets of this order that were not refunded'],
};

/** What a refusal of the business is over HTTP; what else it tells goes along as members of the document. */
const problemOfRefusal = (refusal: { readonly code: string; readonly status?: string }): Problem => {
  // `status` of a problem is that of HTTP (RFC 9457, section 3.1.2).
  const { code, status: standing, ...others } = refusal;
  if (code === 'id_reused') return keyReused();
  if (code.endsWith('_unknown') && code !== 'secret_unknown') return notFound();
  const field = fields[code];
  if (field !== undefined) return invalidField('body', field[0], code, field[1]);
  if (code === 'hold_lapsed') {
    return new Problem({ status: 410, code, title: 'The time to pay is over, and the places were given back' });
  }
  return new Problem({
    status: 409,
    code,
    title: conflicts[code] ?? 'This cannot be done now',
    ...(code === 'payment_in_progress' && { retryAfterSeconds: 2 }),
    extensions: toJson({ ...others, ...(standing !== undefined && { standing }) }) as Readonly<Record<string, unknown>>,
  });
};

type Refused = { readonly refusal: { readonly code: string } };

/** What a use case came to, where it wasn't refused. @throws Problem for a refusal */
export const unwrap = <R extends { readonly refusal?: { readonly code: string } | undefined }>(
  result: R,
): Exclude<R, Refused> => {
  if (result.refusal !== undefined) throw problemOfRefusal(result.refusal);
  return result as Exclude<R, Refused>;
};
