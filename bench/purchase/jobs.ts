/** What either side is told, one after the other. */
export type PurchaseJob =
  /** `where` is a folder, or the URL of PostgreSQL. */
  | { readonly do: 'open'; readonly where: string; readonly sales: number; readonly capacity: number }
  | { readonly do: 'buy'; readonly picks: readonly number[]; readonly inFlight: number; readonly round: number }
  /** Reads what is stored, from its events. */
  | { readonly do: 'count' };

/** What came of it; only of what was asked. */
export interface PurchaseDone {
  /** Of buying: from the first purchase to the end of the last. */
  readonly seconds?: number;
  /** Purchases that were told that they came to their tickets. */
  readonly fulfilled?: number;
  readonly ticketIds?: readonly string[];
  /** Places sold in each sale, and held in all. */
  readonly sold?: readonly number[];
  readonly held?: number;
  readonly events?: number;
}
