import { flag, oneOf, type ShapeType, text } from '../shape.js';

export interface Decline {
  readonly code: string;
  readonly networkCode: string;
  readonly mayRetry: boolean;
}

const decline = (code: string, networkCode: string, mayRetry = false): Decline => ({ code, networkCode, mayRetry });

/**
 * Why the bank declines: our code and the card network's (ISO 8583 field 39; N7 is Visa's for a wrong CVV2). `mayRetry`:
 * the same card may be tried again as it is.
 */
export const declines = {
  generic_decline: decline('generic_decline', '05'),
  insufficient_funds: decline('insufficient_funds', '51'),
  over_limit: decline('over_limit', '51'),
  card_lost: decline('card_lost', '41'),
  card_stolen: decline('card_stolen', '43'),
  card_expired: decline('card_expired', '54'),
  expiry_wrong: decline('expiry_wrong', '54'),
  security_code_wrong: decline('security_code_wrong', 'N7'),
  processing_error: decline('processing_error', '96', true),
  unknown_card: decline('unknown_card', '14'),
  card_token_invalid: decline('card_token_invalid', '14'),
  card_token_expired: decline('card_token_expired', '14'),
  card_token_used: decline('card_token_used', '14'),
  currency_not_supported: decline('currency_not_supported', '57'),
  confirmation_rejected: decline('confirmation_rejected', '05'),
  confirmation_missing: decline('confirmation_missing', '05', true),
};
/** What a test card does: approves, asks for a confirmation first, or is declined with this code. */
export const testBehaviour = oneOf(
  'approve',
  'confirm',
  'generic_decline',
  'insufficient_funds',
  'card_lost',
  'card_stolen',
  'card_expired',
  'security_code_wrong',
  'processing_error',
);
export type TestBehaviour = ShapeType<typeof testBehaviour>;

/** A decline's fields in an event. */
export const declineFields = { code: text, networkCode: text, mayRetry: flag };
