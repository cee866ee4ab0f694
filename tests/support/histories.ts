import fc from 'fast-check';
import type { CardCommand } from '../../src/domain/banking/card-commands.js';
import type { SaleCommand } from '../../src/domain/ticketing/sale-commands.js';

const seatNames = ['A1', 'A2', 'A3', 'A4', 'A5'];
const now = fc.nat(60_000);
const orderId = fc.integer({ min: 1, max: 9 }).map((n) => `o${n}`);
const personId = fc.constantFrom('p1', 'p2', 'p3');
const ticketsOf = (order: string, quantity: number): readonly string[] =>
  Array.from({ length: quantity }, (_, index) => `${order}-${index}`);

const placesRequest = (hasSeats: boolean) =>
  fc
    .record({
      orderId,
      personId,
      now,
      places: fc.uniqueArray(fc.constantFrom(...seatNames), { minLength: 1, maxLength: 2 }),
    })
    .map(({ places, ...rest }) => ({ ...rest, quantity: places.length, ...(hasSeats && { seats: places }) }));

/** Commands to one sale, most of which do something: a sale that is announced and open comes first. */
export const saleCommands = (hasSeats: boolean): fc.Arbitrary<readonly SaleCommand[]> => {
  const tickets = fc.record({ orderId, quantity: fc.integer({ min: 1, max: 2 }), now });
  const command: fc.Arbitrary<SaleCommand> = fc.oneof(
    { arbitrary: placesRequest(hasSeats).map((one) => ({ type: 'Hold' as const, ...one })), weight: 5 },
    placesRequest(hasSeats).map((one) => ({ type: 'Reacquire' as const, until: one.now + 5_000, ...one })),
    fc.record({ type: fc.constantFrom('Open' as const, 'Pause' as const, 'Open' as const, 'LapseDue' as const), now }),
    fc.record({ type: fc.constantFrom('Extend' as const, 'Release' as const), orderId, now }),
    fc.record({ type: fc.constant('ExtendForPayment' as const), orderId, until: now, now }),
    fc.record({ type: fc.constant('ChangeCapacity' as const), capacity: fc.integer({ min: 4, max: 12 }), now }),
    {
      arbitrary: fc
        .tuple(fc.constantFrom('Confirm' as const, 'Return' as const), tickets)
        .map(([type, { quantity, ...rest }]) => ({ type, ...rest, ticketIds: ticketsOf(rest.orderId, quantity) })),
      weight: 3,
    },
  );
  const announce: SaleCommand = {
    type: 'Announce',
    saleId: 's',
    name: 'Show',
    venue: 'Hall',
    startsAt: 1_000_000,
    capacity: hasSeats ? seatNames.length : 8,
    ...(hasSeats && { seats: seatNames }),
    price: { amountMinor: 100, currency: 'EUR' },
    perPersonLimit: 5,
    holdSeconds: 20,
    now: 0,
  };
  const rest = fc.array(command, { minLength: 1, maxLength: 80, size: 'max' });
  return rest.map((commands) => [announce, { type: 'Open', now: 0 }, ...commands]);
};

/** Commands to one card, which is issued first; `many` come to more endings than a card remembers. */
export const cardCommands = (many: number): fc.Arbitrary<readonly CardCommand[]> => {
  const transactionId = fc.integer({ min: 1, max: 12 }).map((n) => `t${n}`);
  const refundId = fc.constantFrom('r1', 'r2', 'r3');
  const amount = fc.record({
    amountMinor: fc.integer({ min: 1, max: 400 }),
    currency: fc.constantFrom('EUR', 'EUR', 'USD'),
  });
  const card = { cardId: 'c', brand: 'visa', lastFour: '4242', expiryMonth: 6, expiryYear: 2030 };
  const description = fc.constant('Opera');
  const token = fc.record({ hash: fc.constantFrom('a', 'b', 'c', 'd'), endsAt: now });
  const command: fc.Arbitrary<CardCommand> = fc.oneof(
    fc.record({
      type: fc.constant('Reserve' as const),
      transactionId,
      amount,
      description,
      card: fc.boolean().map((isCodeRight) => ({ ...card, isCodeRight })),
      token,
      requestedAt: now,
      now,
    }),
    fc.record({ type: fc.constantFrom('Release' as const, 'Book' as const, 'Book' as const), transactionId, now }),
    fc.record({ type: fc.constant('AnnounceCredit' as const), refundId, transactionId, amount, description, now }),
    fc.record({ type: fc.constant('BookCredit' as const), refundId, now }),
  );
  const limit = { amountMinor: 100_000, currency: 'EUR' };
  const issue: CardCommand = { type: 'Issue', ...card, holder: 'Ada', limit, issuedFor: 'a', now: 0 };
  const past = Array.from({ length: many }, (_, index): CardCommand[] => [
    {
      type: 'Reserve',
      transactionId: `past-${index}`,
      amount: { amountMinor: 1, currency: index % 3 === 0 ? 'USD' : 'EUR' },
      description: 'Opera',
      card: { ...card, isCodeRight: true },
      requestedAt: index,
      now: index,
    },
    { type: 'Release', transactionId: `past-${index}`, now: index },
  ]).flat();
  return fc
    .array(command, { minLength: 1, maxLength: 80, size: 'max' })
    .map((commands) => [issue, ...past, ...commands]);
};
