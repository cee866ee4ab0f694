import { expect } from 'chai';
import { statementViolations } from '../../../src/application/banking/statement-violations.js';
import { InvariantModel } from '../../../src/application/invariants/invariant-model.js';
import type { Position } from '../../../src/application/ports/event-store.js';
import { projectEvent } from '../../../src/application/views/view-builder.js';
import { EmbeddedViewStore } from '../../../src/infrastructure/views/embedded/embedded-view-store.js';
import { statement } from '../../../src/projections/banking/statement.js';
import type { Change } from '../../../src/projections/projection.js';
import { beginEmpty } from '../../support/begin-empty.js';
import { catalogue, recorded } from '../../support/recorded.js';
import { soundHistory } from '../../support/sound-history.js';

describe('statement and card', () => {
  let views: EmbeddedViewStore;
  const events = recorded(soundHistory);
  const model = new InvariantModel(catalogue);
  before(() => {
    for (const event of events) model.apply(event);
  });
  beforeEach(async () => {
    views = EmbeddedViewStore.inMemory();
    await beginEmpty(views, statement);
    const applied = events
      .filter(({ stream }) => stream.startsWith('card-'))
      .map((event) => projectEvent(catalogue, statement, event));
    await views.apply(statement, 0, applied, applied.at(-1)?.position as Position);
  });
  afterEach(() => views.close());

  const found = async (): Promise<readonly string[]> =>
    (await statementViolations(model.bank, views)).map(({ subject, detail }) => `${subject}: ${detail}`);
  const doctor = async (...changes: readonly Change[]): Promise<void> => {
    const position = '~' as Position;
    await views.apply(statement, 0, [{ position, changes }], position);
  };
  const line = (id: string, $set: Change['$set'] & object): Change => ({
    collection: 'lines',
    id: `k/${id}`,
    $set: { cardId: 'k', lineId: id, ...$set },
  });

  it('agree where the view is as the events say', async () => {
    expect(await found()).to.deep.equal([]);
  });

  it('a booking without its line is named, and a line without its booking, also where the sum is the same', async () => {
    await doctor(line('z', { status: 'released' }), line('y', { ...booked, seq: 99, balanceMinor: -1_500 }));
    expect(await found()).to.deep.equal([
      'card-k: line y is -1500, booked never',
      'card-k: z is booked, and has no line',
    ]);
  });

  it("a line of another amount is named, and a closing balance that is not the card's", async () => {
    await doctor(line('z', { amountMinor: 1_400, balanceMinor: -1_400 }));
    expect(await found()).to.deep.equal([
      'card-k: line z is -1400, booked -1500',
      'card-k: closing -1400, shown -1500, its card -1500',
    ]);
  });
});

const booked = { status: 'booked', creditDebit: 'D', amountMinor: 1_500 };
