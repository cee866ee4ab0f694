/** A payment as its buyer was told of it. */
export interface ToldPayment {
  readonly transactionId: string;
  readonly cardId: string;
  readonly said: 'paid' | 'declined' | 'pending' | 'action_required' | 'reversed';
}

/** An order as its buyer was told of it, and may rely on. */
export interface ToldOrder {
  readonly orderId: string;
  readonly saleId: string;
  readonly quantity: number;
  /** 0 where it is free. */
  readonly totalMinor: number;
  /** As it stood when it was placed. */
  readonly status: string;
  readonly payments: Map<string, ToldPayment>;
  isCancelled: boolean;
  /** Minor units by refund. */
  readonly refunds: Map<
    string,
    { readonly amountMinor: number; readonly tickets: number; readonly said: 'paid' | 'pending' }
  >;
}

export interface ToldSale {
  readonly saleId: string;
  /** Where places have names. */
  readonly seats: readonly string[] | undefined;
}

/** All that was acknowledged to those who take part. */
export class Told {
  readonly sales: ToldSale[] = [];
  readonly orders = new Map<string, ToldOrder>();
  /** Cards that were issued. */
  readonly cards = new Set<string>();
  /** Tickets that were let in. */
  readonly inside = new Set<string>();
  /** Tickets whose places were put on sale again. */
  readonly returned = new Set<string>();
  /** What was told and can't be right. */
  readonly complaints: string[] = [];
}
