import type { ApiClient, Schemas } from '../../src/infrastructure/http/client/api-client.js';

type TypedCard = Schemas['CardDataBody'];

/** Requests for tokens at a time. */
const atATime = 32;

/** A card with a limit that nobody reaches, as its holder types it. */
export const issueCard = async (api: ApiClient): Promise<TypedCard> => {
  const limit = { amountMinor: 1_000_000_000_000, currency: 'EUR' };
  const issued = await api.post('/bank/v1/cards', { body: { holder: 'Holder', limit } });
  const { number, expiryMonth, expiryYear, securityCode } = issued.body;
  return { number, expiryMonth, expiryYear, securityCode };
};

/** Tokens, each good for one payment within 15 minutes: of one card after the other. */
export const tokensOf = async (
  api: ApiClient,
  cards: readonly TypedCard[],
  count: number,
): Promise<readonly string[]> => {
  const tokens: string[] = [];
  let asked = 0;
  const oneAfterTheOther = async (): Promise<void> => {
    while (asked < count) {
      const body = cards[asked++ % cards.length];
      if (body === undefined) throw new Error('there are no cards');
      tokens.push((await api.post('/bank/v1/tokens', { body })).body.token);
    }
  };
  await Promise.all(Array.from({ length: atATime }, oneAfterTheOther));
  return tokens;
};
