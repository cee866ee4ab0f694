/** Reasons that help a buyer to pay: the others, such as a card that was reported stolen, aren't for the buyer. */
const told = new Set([
  'insufficient_funds',
  'over_limit',
  'card_expired',
  'expiry_wrong',
  'security_code_wrong',
  'card_token_expired',
  'card_token_used',
  'processing_error',
  'confirmation_rejected',
  'confirmation_missing',
  'currency_not_supported',
]);

/** What a buyer may hear of the bank's decline code. */
export const declineCodeForBuyer = (code: string): string => (told.has(code) ? code : 'declined');
