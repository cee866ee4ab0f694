/** Reasons that help the buyer to pay. Others, such as a stolen card, are for the bank and the seller alone. */
const told = new Set([
  'insufficient_funds',
  'over_limit',
  'card_expired',
  'expiry_wrong',
  'security_code_wrong',
  'processing_error',
  'confirmation_rejected',
  'confirmation_missing',
  'currency_not_supported',
]);

/** What the buyer may hear of a decline. */
export const buyerDecline = (
  decline: { readonly code: string; readonly mayRetry: boolean } | undefined,
): { readonly declineCode: string; readonly mayRetry: boolean } => ({
  declineCode: decline !== undefined && told.has(decline.code) ? decline.code : 'declined',
  mayRetry: decline?.mayRetry ?? false,
});
