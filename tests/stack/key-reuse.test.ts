import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { beginning } from '../../src/application/ports/event-store.js';
import { ReadOnlyEventStore } from '../../src/infrastructure/event-store/embedded/read-only-event-store.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { addressOf, RouteWalk, type Step } from '../support/route-walk.js';
import { ServerProcess } from '../support/server-process.js';

/** What another request under the same key says. */
const otherContent: Readonly<Record<string, object>> = {
  announceSale: { name: 'Another Night' },
  placeOrder: { quantity: 2 },
  payOrder: { cardToken: 'another-card' },
  refundOrder: { ticketIds: undefined, amountMinor: 100 },
  returnToSale: { ticketIds: ['0198c1d2-3344-7556-8778-99aabbccddee'] },
  checkIn: { gateId: 'gate-4' },
  transferTicket: { to: { email: 'bob@example.com', name: 'Bob Lee' } },
  issueCard: { holder: 'Bob Lee' },
};

/** Of the bank's confirmation only the state of its transaction decides. */
const isKeyed = ({ operation, body }: Step): boolean =>
  body !== undefined &&
  operation.operationId !== 'confirmTransaction' &&
  operation.parameters.some(({ name }) => name === 'Idempotency-Key');

describe('a key that comes again with other content', () => {
  let folder: string;
  let server: ServerProcess;
  let walk: RouteWalk;
  before(async () => {
    folder = await newFolder();
    const first = await ServerProcess.start(folder);
    walk = await RouteWalk.over(first.ready.url);
    await first.kill();
    // As after the time for which responses are kept, or a crash before one was.
    for (const end of ['', '-wal', '-shm']) await rm(join(folder, `idempotency.db${end}`), { force: true });
    server = await ServerProcess.start(folder);
  });
  after(async () => {
    await server.stop();
    await removeFolder(folder);
  });

  /** Those that a client's request made; the purchases that the kill left open go on by themselves. */
  const eventsOfRequests = async (): Promise<number> => {
    const store = new ReadOnlyEventStore(folder);
    try {
      const { events } = await store.readAll(beginning);
      return events.filter(({ metadata }) => 'fingerprint' in JSON.parse(metadata)).length;
    } finally {
      await store.close();
    }
  };

  it('is refused by what the events say, and changes nothing; then the first content is answered as before', async () => {
    const steps = walk.steps.filter(isKeyed);
    expect([...new Set(steps.map(({ operation }) => operation.operationId))]).to.have.members(
      Object.keys(otherContent),
    );
    const before = await eventsOfRequests();
    expect(before).to.be.above(0);
    for (const { operation, params, body, key, reply } of steps) {
      const { operationId, method } = operation;
      const send = (content: object) => server.api.send(method, addressOf(operation, params), { key, body: content });
      const other = await send({ ...body, ...otherContent[operationId] });
      expect([other.status, other.problem.code], operationId).to.deep.equal([422, 'idempotency_key_reused']);
      const again = await send(body ?? {});
      // A payment that was waiting then may be paid now.
      expect(again.status, `${operationId} again: ${again.text}`).to.be.below(300);
      const ids = Object.entries(again.body as object).filter(([name]) => name.endsWith('Id'));
      expect(reply.body, operationId).to.include(Object.fromEntries(ids));
    }
    expect(await eventsOfRequests()).to.equal(before);
  });
});
