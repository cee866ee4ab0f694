import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient } from '../../infrastructure/http/client/api-client.js';
import { type Bought, buyTicket } from './buyer.js';
import { type Figures, figuresOf, type Invariant, invariantsOf, type Places } from './figures.js';

export interface CompetitionOptions {
  readonly buyers: number;
  readonly tickets: number;
  /** Told after each buyer. */
  readonly onBuyer: () => void;
}

export interface Competition {
  readonly saleId: string;
  readonly figures: Figures;
  readonly places: Places;
  readonly invariants: readonly Invariant[];
}

/** Buyers that are at it at the same time. */
const atOnce = 50;
const settleMs = 15_000;

/** Opens a sale, lets buyers compete for it over the public API, and closes it. @throws UnexpectedReply */
export const compete = async (api: ApiClient, options: CompetitionOptions): Promise<Competition> => {
  const saleId = await openSale(api, options.tickets);
  const begun = performance.now();
  const bought = await buyAll(api, saleId, options);
  const figures = figuresOf(bought, performance.now() - begun);
  const closed = await api.post('/v1/sales/{saleId}/close', { params: { saleId } });
  const places = await placesOf(api, saleId, closed.token);
  return { saleId, figures, places, invariants: invariantsOf(bought, places) };
};

const openSale = async (api: ApiClient, capacity: number): Promise<string> => {
  const announced = await api.post('/v1/sales', {
    body: {
      name: 'Demo night',
      venue: 'Town hall',
      startsAt: '2035-05-01T20:00:00Z',
      capacity,
      price: { amountMinor: 5_000, currency: 'EUR' },
      perPersonLimit: 1,
      holdSeconds: 600,
    },
  });
  const params = { saleId: announced.body.saleId };
  return (await api.post('/v1/sales/{saleId}/open', { params })).body.saleId;
};

const buyAll = async (
  api: ApiClient,
  saleId: string,
  { buyers, onBuyer }: CompetitionOptions,
): Promise<readonly Bought[]> => {
  const bought: Bought[] = [];
  let next = 1;
  const buyOneByOne = async (): Promise<void> => {
    for (let number = next++; number <= buyers; number = next++) {
      bought.push(await buyTicket(api, saleId, `buyer-${number}`));
      onBuyer();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, buyers) }, buyOneByOne));
  return bought;
};

/** The view may still be on its way to the last purchase: it is asked until no place is held, for a while. */
const placesOf = async (api: ApiClient, saleId: string, headers: Readonly<Record<string, string>>): Promise<Places> => {
  for (const giveUpAt = performance.now() + settleMs; ; await wait(100)) {
    const { body } = await api.get('/v1/sales/{saleId}', { params: { saleId }, headers });
    const { capacity, free, held, sold } = body;
    if (held === 0 || performance.now() > giveUpAt) return { capacity, free, held, sold };
  }
};
