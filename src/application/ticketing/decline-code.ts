/**
 * What a buyer may hear of the bank's decline code: whoever holds a card that was reported lost or stolen isn't told
 * that it was.
 */
export const declineCodeForBuyer = (code: string): string =>
  code === 'card_lost' || code === 'card_stolen' ? 'declined' : code;
