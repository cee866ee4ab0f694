import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { CommandHandler } from '../../../src/application/command-handler.js';
import type { Snapshot } from '../../../src/application/ports/snapshots.js';
import type { SnapshotOptions } from '../../../src/application/snapshot-policy.js';
import { sale } from '../../../src/domain/ticketing/sale.js';
import type { SaleCommand } from '../../../src/domain/ticketing/sale-commands.js';
import type { SaleState } from '../../../src/domain/ticketing/sale-state.js';
import { openCatalogue } from '../../../src/main/catalogue.js';
import { domainShape } from '../../../src/main/domain-shape.js';
import { StillClock } from '../../support/bank.js';
import { saleCommands } from '../../support/histories.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { MemorySnapshots } from '../../support/memory-snapshots.js';
import { until } from '../../support/until.js';

/** One start of a process on what is stored. */
const startOn = (store: MemoryEventStore, snapshots?: SnapshotOptions): CommandHandler =>
  new CommandHandler(store, openCatalogue(), new StillClock(), { next: randomUUID }, {}, snapshots);

const written = (state: SaleState): string => sale.snapshotCodec?.encode(state) ?? '';
const shown = (commandHandler: CommandHandler) => commandHandler.query(sale, 's', written);

const send = (commandHandler: CommandHandler, command: SaleCommand, commandId: string = randomUUID()) =>
  commandHandler.handle(sale, 's', command, { commandId, correlationId: 'test' }, { select: written }).then(
    ({ events, refusal }: { events?: unknown; refusal?: unknown }) => ({ events, refusal }),
    (error: unknown) => ({ error: String(error) }),
  );

const announce: SaleCommand = {
  type: 'Announce',
  saleId: 's',
  name: 'n',
  venue: 'v',
  startsAt: 9,
  capacity: 1_000,
  price: { amountMinor: 1, currency: 'EUR' },
  perPersonLimit: 9,
  holdSeconds: 60,
  now: 1,
};
const hold = (orderId: string): SaleCommand => ({ type: 'Hold', orderId, personId: orderId, quantity: 1, now: 2 });

/** A sale with that many holds, and a snapshot of it at rest. */
const soldOn = async (store: MemoryEventStore, snapshots: MemorySnapshots, holds = 20): Promise<void> => {
  const commandHandler = startOn(store, { snapshots, idleEvents: 10 });
  for (const command of [announce, { type: 'Open', now: 1 } as const]) await send(commandHandler, command);
  for (let n = 0; n < holds; n++) await send(commandHandler, hold(`o${n}`), `command-${n}`);
  await commandHandler.saveIdle();
};

const keptIn = (snapshots: MemorySnapshots): Snapshot => {
  const snapshot = snapshots.saved.get('sale-s');
  if (snapshot === undefined) throw new Error('there is no snapshot');
  return snapshot;
};

describe('snapshots', () => {
  it('change nothing: any commands, restarts at any moment, commands sent twice', async () => {
    let found = 0;
    const step = fc.record({ isRestart: fc.boolean(), isTwice: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(saleCommands(true), fc.infiniteStream(step), async (commands, steps) => {
        const [store, plain, snapshots] = [new MemoryEventStore(), new MemoryEventStore(), new MemorySnapshots()];
        const options = { snapshots, busyEvents: 3, idleEvents: 2 };
        const reference = startOn(plain);
        let commandHandler = startOn(store, options);
        for (const [index, command] of commands.entries()) {
          const { isRestart, isTwice } = steps.next().value;
          const commandId = `command-${index}`;
          const expected = await send(reference, command, commandId);
          expect(await send(commandHandler, command, commandId)).to.deep.equal(expected);
          await commandHandler.saveIdle();
          if (isRestart) commandHandler = startOn(store, options);
          if (isTwice && 'events' in expected && Array.isArray(expected.events) && expected.events.length > 0) {
            expect(await send(commandHandler, command, commandId)).to.deep.equal({ events: [], refusal: undefined });
          }
          const { result, revision } = await shown(commandHandler);
          const whole = await shown(reference);
          expect({ result, revision }).to.deep.equal({ result: whole.result, revision: whole.revision });
        }
        expect(store.typesOf('sale-s')).to.deep.equal(plain.typesOf('sale-s'));
        found += snapshots.found;
      }),
      { numRuns: 40 },
    );
    expect(found).to.be.greaterThan(100);
  });

  it('save a process that starts the reading of what they cover', async () => {
    const [store, snapshots] = [new MemoryEventStore(), new MemorySnapshots()];
    await soldOn(store, snapshots);
    const whole = await shown(startOn(store));
    const reads: bigint[] = [];
    const read = store.read.bind(store);
    store.read = (stream, options = {}) => {
      reads.push(options.from ?? 0n);
      return read(stream, options);
    };
    expect((await shown(startOn(store, { snapshots }))).result).to.equal(whole.result);
    expect(reads).to.deep.equal([keptIn(snapshots).revision]);
  });

  it('are written between two batches of a stream that never rests', async () => {
    const [store, snapshots] = [new MemoryEventStore(), new MemorySnapshots()];
    const commandHandler = startOn(store, { snapshots, busyEvents: 10 });
    await Promise.all([send(commandHandler, announce), send(commandHandler, { type: 'Open', now: 1 })]);
    await Promise.all(Array.from({ length: 30 }, (_, n) => send(commandHandler, hold(`o${n}`))));
    await until('the snapshot is written', () => Number(snapshots.saved.get('sale-s')?.revision) >= 10);
    expect((await shown(startOn(store, { snapshots }))).result).to.equal((await shown(startOn(store))).result);
  });

  it('are refused, and told of, where the store has another event at their revision', async () => {
    const wrong: readonly Partial<Snapshot>[] = [
      { eventId: randomUUID() },
      { position: 'elsewhere' as Snapshot['position'] },
      { revision: 5n },
      { revision: 500n },
      { state: '{"broken' },
    ];
    for (const change of wrong) {
      const [store, snapshots] = [new MemoryEventStore(), new MemorySnapshots()];
      await soldOn(store, snapshots);
      snapshots.saved.set('sale-s', { ...keptIn(snapshots), ...change });
      const told: string[] = [];
      const commandHandler = startOn(store, { snapshots, onTrouble: (what) => told.push(what) });
      expect((await shown(commandHandler)).result).to.equal((await shown(startOn(store))).result);
      expect(told).to.deep.equal(['a snapshot was refused']);
      expect(snapshots.saved.size).to.equal(0);
    }
  });

  it('are refused where an old copy of the log was put back and went another way', async () => {
    const [store, snapshots] = [new MemoryEventStore(), new MemorySnapshots()];
    await soldOn(store, snapshots);
    const revision = Number(keptIn(snapshots).revision);
    store.all.splice(revision - 5);
    const other = startOn(store);
    for (let n = 0; n < 10; n++) await send(other, hold(`other-${n}`));
    expect(store.all.length).to.be.greaterThan(revision);
    const told: string[] = [];
    const commandHandler = startOn(store, { snapshots, onTrouble: (what) => told.push(what) });
    expect((await shown(commandHandler)).result).to.equal((await shown(startOn(store))).result);
    expect(told).to.deep.equal(['a snapshot was refused']);
  });

  it('that can not be read or written cost nobody an answer', async () => {
    const [store, snapshots] = [new MemoryEventStore(), new MemorySnapshots()];
    const told: string[] = [];
    snapshots.find = () => Promise.reject(new Error('disk'));
    snapshots.save = () => Promise.reject(new Error('disk'));
    const commandHandler = startOn(store, { snapshots, idleEvents: 1, onTrouble: (what) => told.push(what) });
    for (const command of [announce, { type: 'Open', now: 1 } as const, hold('o1')]) {
      expect(await send(commandHandler, command)).to.have.property('refusal', undefined);
    }
    await commandHandler.saveIdle();
    expect(told).to.deep.equal(['a snapshot could not be read', 'a snapshot could not be saved']);
  });

  it('are written more rarely the larger a state is', async () => {
    const [store, snapshots] = [new MemoryEventStore(), new MemorySnapshots()];
    const commandHandler = startOn(store, { snapshots, idleEvents: 2 });
    for (const command of [announce, { type: 'Open', now: 1 } as const]) await send(commandHandler, command);
    for (let n = 0; n < 200; n++) {
      await send(commandHandler, hold(`a-name-that-is-as-long-as-those-in-use-${n}`));
      await commandHandler.saveIdle();
    }
    const bytes = keptIn(snapshots).state.length;
    expect(bytes).to.be.greaterThan(15_000);
    const { written } = snapshots;
    for (let n = 0; n < 10; n++) {
      await send(commandHandler, hold(`late-${n}`));
      await commandHandler.saveIdle();
    }
    expect(snapshots.written - written).to.be.at.most(1);
    expect(written).to.be.lessThan(80);
  });

  it('belong to the code that made them: other code of the domain has another name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-domain-'));
    try {
      await writeFile(join(folder, 'sale.js'), 'export const one = 1;');
      const before = domainShape(folder);
      expect(domainShape(folder)).to.equal(before);
      await writeFile(join(folder, 'sale.js'), 'export const one = 2;');
      expect(domainShape(folder)).to.not.equal(before);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(domainShape()).to.have.length(43);
  });
});
