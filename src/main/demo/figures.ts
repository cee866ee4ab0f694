import type { Bought } from './buyer.js';

/** Places as the sale tells them when all buyers have been answered. */
export interface Places {
  readonly capacity: number;
  readonly free: number;
  readonly held: number;
  readonly sold: number;
}

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Figures {
  readonly buyers: number;
  readonly sold: number;
  /** Buyers refused, by the code that they were told. */
  readonly refused: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly buyersPerSecond: number;
  readonly order: Latency;
  readonly payment: Latency;
}

export interface Invariant {
  readonly rule: string;
  readonly holds: boolean;
  readonly found: string;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

/** The value that this share of all does not pass (nearest rank); 0 where there are none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
};

const latencyOf = (values: readonly number[]): Latency => ({
  p50Ms: rounded(percentile(values, 0.5)),
  p99Ms: rounded(percentile(values, 0.99)),
});

export const figuresOf = (bought: readonly Bought[], durationMs: number): Figures => {
  const refused: Record<string, number> = {};
  for (const { refusal } of bought) if (refusal !== undefined) refused[refusal] = (refused[refusal] ?? 0) + 1;
  return {
    buyers: bought.length,
    sold: bought.reduce((sum, { ticketIds }) => sum + ticketIds.length, 0),
    refused,
    seconds: rounded(durationMs / 1_000),
    buyersPerSecond: rounded((bought.length * 1_000) / durationMs),
    order: latencyOf(bought.map(({ orderMs }) => orderMs)),
    payment: latencyOf(bought.flatMap(({ paymentMs }) => paymentMs ?? [])),
  };
};

/** What must hold however the buyers came in each other's way; each wanted one ticket. */
export const invariantsOf = (bought: readonly Bought[], places: Places): readonly Invariant[] => {
  const { capacity, free, held, sold } = places;
  const ticketIds = bought.flatMap((one) => one.ticketIds);
  const due = Math.min(capacity, bought.length);
  const different = new Set(ticketIds).size;
  return [
    { rule: `sold = min(tickets, wanted) = ${due}`, holds: sold === due, found: `${sold} sold` },
    {
      rule: 'buyers hold what was sold',
      holds: ticketIds.length === sold,
      found: `${ticketIds.length} tickets of ${sold}`,
    },
    {
      rule: 'tickets are all different',
      holds: different === ticketIds.length,
      found: `${different} different of ${ticketIds.length}`,
    },
    {
      rule: 'free + held + sold = capacity',
      holds: free + held + sold === capacity,
      found: `${free} + ${held} + ${sold} = ${capacity}`,
    },
  ];
};
