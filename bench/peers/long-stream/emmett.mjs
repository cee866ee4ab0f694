// A card's account as an Emmett aggregate on PostgreSQL: builds histories, or measures commands one after the other.
// The job comes as JSON in the first argument; the last line on standard output tells what came of it.
import { randomUUID } from 'node:crypto';
import { CommandHandler } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';

const { url, work, subjects, warmUps, before, commands, settledMinor, reservedMinor, startedAt } = JSON.parse(
  process.argv[2],
);
const eur = (amountMinor) => ({ amountMinor, currency: 'EUR' });
const pairsOf = (length) => Math.floor((length - 1) / 2);
const store = getPostgreSQLEventStore(url);

const evolve = (state, { type, data }) => {
  switch (type) {
    case 'CardIssued':
      return { limitMinor: data.limit.amountMinor, balanceMinor: 0, reservedMinor: 0, reservations: new Map() };
    case 'AmountReserved':
      state.reservations.set(data.transactionId, data.amount.amountMinor);
      state.reservedMinor += data.amount.amountMinor;
      return state;
    case 'AmountBooked':
      state.reservations.delete(data.transactionId);
      state.reservedMinor -= data.amount.amountMinor;
      state.balanceMinor -= data.amount.amountMinor;
      return state;
    default:
      return state;
  }
};

const handle = CommandHandler({ evolve, initialState: () => ({}) });

const reserve = (state) => {
  if (state.limitMinor + state.balanceMinor - state.reservedMinor < reservedMinor) throw new Error('over the limit');
  const of = { transactionId: randomUUID(), amount: eur(reservedMinor), description: 'Opera' };
  return { type: 'AmountReserved', data: { ...of, reservedAt: Date.now() }, metadata: metadata() };
};

const metadata = () => ({ correlationId: 'bench', causationId: randomUUID() });

const history = function* (id, length) {
  const shown = { brand: 'visa', lastFour: '4242', expiryMonth: 6, expiryYear: 2035, holder: 'Ada' };
  const data = { cardId: id, ...shown, limit: eur(1_000_000_000), issuedAt: startedAt };
  yield { type: 'CardIssued', data, metadata: metadata() };
  for (let pair = 1; pair <= pairsOf(length); pair++) {
    const of = { transactionId: randomUUID(), amount: eur(settledMinor), description: 'Opera' };
    yield { type: 'AmountReserved', data: { ...of, reservedAt: startedAt + pair }, metadata: metadata() };
    const booked = { ...of, balanceMinor: -pair * settledMinor, bookedAt: startedAt + pair };
    yield { type: 'AmountBooked', data: booked, metadata: metadata() };
  }
};

const build = async ({ id, length }) => {
  let batch = [];
  const flush = async () => {
    if (batch.length > 0) await store.appendToStream(`card-${id}`, batch);
    batch = [];
  };
  for (const event of history(id, length)) {
    if (batch.push(event) === 1_000) await flush();
  }
  await flush();
};

const wrong = [];

const command = async ({ id, length }, earlier) => {
  const begun = performance.now();
  const { newState, nextExpectedStreamVersion } = await handle(store, `card-${id}`, reserve);
  const ms = performance.now() - begun;
  const found = [newState.balanceMinor, newState.reservedMinor, Number(nextExpectedStreamVersion)];
  const pairs = pairsOf(length);
  const right = [-pairs * settledMinor, (earlier + 1) * reservedMinor, 1 + 2 * pairs + earlier + 1];
  if (JSON.stringify(found) !== JSON.stringify(right)) wrong.push(`${id}: ${JSON.stringify({ found, right })}`);
  return ms;
};

const times = {};
if (work === 'build') {
  for (const subject of [...warmUps, ...subjects]) await build(subject);
} else {
  for (const subject of warmUps) {
    for (let n = 0; n < commands; n++) await command(subject, (before[subject.id] ?? 0) + n);
  }
  for (const subject of subjects) {
    for (let n = 0; n < commands; n++) {
      const ms = await command(subject, (before[subject.id] ?? 0) + n);
      times[subject.length] = [...(times[subject.length] ?? []), ms];
    }
  }
}
await store.close();
console.log(JSON.stringify({ times, wrong }));
