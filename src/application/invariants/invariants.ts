/** What must hold in every store, by name. */
export const invariants = {
  readable: 'this build can read every event',
  'ids-unique': 'an id names one thing, and a stream has each revision once',
  'free-held-sold': 'free + held + sold = capacity, after every event',
  'hold-once': 'an order has its places once, and they end once: sold, lapsed or given back',
  'hold-in-time': 'places lapse when their time is over, and not before',
  'seat-once': 'a seat belongs to one order at a time',
  'limit-per-person': 'nobody has more places than one person may have, over all orders',
  'tickets-as-paid': 'tickets issued = tickets paid, for the order that the places were sold to',
  'charged-once': 'an order is charged once',
  'charge-has-ticket': 'every charge has its tickets, or was given back',
  'refund-within-paid': 'no more is given back than was paid, and each refund once',
  'bank-agrees': 'the order asked first for all that the bank does for it, and records it as it happened',
  'balance-adds-up': 'the balance after each booking is the one before it plus the amount',
  'card-limit': 'no card holds or owes more than its limit',
  'steps-in-order': 'each step rests on the one before it: nothing is recorded that did not happen',
  'sums-agree': 'orders = transactions = card balances',
  'statement-agrees': 'the lines of a statement are the bookings of its card, and so is its closing balance',
} as const;

export type Invariant = keyof typeof invariants;

/** One thing that isn't as it must be. */
export interface Violation {
  readonly invariant: Invariant;
  /** A stream, or what else it is about. */
  readonly subject: string;
  readonly detail: string;
}

/** Takes what is found. */
export type Report = (invariant: Invariant, subject: string, detail: string) => void;
