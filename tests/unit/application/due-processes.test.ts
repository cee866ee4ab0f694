import { expect } from 'chai';
import type { AppliedEvent } from '../../../src/application/ports/views.js';
import { DueProcesses } from '../../../src/application/processes/due-processes.js';
import { DueTimes } from '../../../src/application/processes/due-times.js';
import { ProcessRunner } from '../../../src/application/processes/process-runner.js';
import { catalogue, countdownOn, counting } from '../../support/countdown.js';
import type { MemoryEventStore } from '../../support/memory-event-store.js';

type Due = { readonly _id: string; readonly dueAt: number };

/** The index of due times over a store, as `find` gives it. */
const indexOf = (store: MemoryEventStore) => {
  const documents = new Map<string, Record<string, unknown>>();
  const times = new DueTimes(counting, store, { get: async (_view, _collection, id) => stored(id) }, catalogue);
  const stored = (id: string) => {
    const fields = documents.get(id);
    return fields && { _id: id, ...fields };
  };
  const apply = (applied: readonly AppliedEvent[]): void => {
    for (const { changes } of applied) {
      for (const { id, $set, $delete } of changes) {
        if ($delete === true) documents.delete(id);
        else documents.set(id, { ...$set });
      }
    }
  };
  return {
    documents,
    bringOn: async (from = 0): Promise<void> => apply(await times.project(store.all.slice(from))),
    find: async (until: number, limit = Number.POSITIVE_INFINITY): Promise<readonly Due[]> =>
      [...documents]
        .map(([_id, { dueAt }]) => ({ _id, dueAt: Number(dueAt) }))
        .filter(({ dueAt }) => dueAt > 0 && dueAt <= until)
        .sort((left, right) => left.dueAt - right.dueAt)
        .slice(0, limit),
  };
};

const systemOf = () => {
  const on = countdownOn();
  const { store, clock, commandHandler, send } = on;
  const index = indexOf(store);
  const runner = new ProcessRunner(
    counting,
    async ({ from }, { id }) => {
      if (id.startsWith('bad')) throw new Error(`${id} is bad`);
      await send(id, { type: 'Step', from });
      return undefined;
    },
    commandHandler,
    clock,
  );
  const faults: string[] = [];
  const due = new DueProcesses({
    views: { find: async (_view, _collection, { where, limit }) => index.find(Object(where?.dueAt).$lte, limit) },
    runners: [runner],
    clock,
    onFault: (what) => faults.push(what),
  });
  return { ...on, index, due, faults };
};

describe('due times of a process', () => {
  it('are kept for each stream, and gone when it is over', async () => {
    const { store, index, send } = systemOf();
    await send('a', { type: 'Begin', from: 1, dueAt: 7 });
    await send('b', { type: 'Begin', from: 1, dueAt: 5 });
    await index.bringOn();
    expect(await index.find(9)).to.deep.equal([
      { _id: 'b', dueAt: 5 },
      { _id: 'a', dueAt: 7 },
    ]);
    const before = store.all.length;
    await send('b', { type: 'Step', from: 1 });
    await index.bringOn(before);
    expect([...index.documents.keys()]).to.deep.equal(['a']);
  });

  it('are the same however the events come: in memory, from the index, or folded anew', async () => {
    const { store, index, send } = systemOf();
    await send('a', { type: 'Begin', from: 3, dueAt: 7 });
    await index.bringOn();
    await send('a', { type: 'Step', from: 3 });
    await index.bringOn(1);
    await send('a', { type: 'Step', from: 2 });
    const restarted = indexOf(store);
    for (const [id, fields] of index.documents) restarted.documents.set(id, fields);
    const anew = indexOf(store);
    for (const one of [index, restarted, anew]) await one.bringOn(2);
    expect(restarted.documents).to.deep.equal(index.documents);
    expect(anew.documents).to.deep.equal(index.documents);
    await anew.bringOn();
    expect(anew.documents).to.deep.equal(index.documents);
  });

  it('go on with no times that another version made', async () => {
    const { index, send } = systemOf();
    await send('a', { type: 'Begin', from: 3, dueAt: 7 });
    await send('a', { type: 'Step', from: 3 });
    index.documents.set('a', { dueAt: 99, times: { left: 1, dueAt: 99 }, version: 0, revision: '0' });
    await index.bringOn(1);
    expect(index.documents.get('a')).to.deep.include({ dueAt: 7, times: { left: 2, dueAt: 7 } });
  });
});

describe('due processes', () => {
  it('go on when their time has come', async () => {
    const { clock, index, due, store, send } = systemOf();
    await send('a', { type: 'Begin', from: 2, dueAt: clock.now() + 10 });
    await index.bringOn();
    await due.look();
    expect(store.typesOf('countdown-a')).to.have.length(1);
    clock.time += 10;
    await due.look();
    expect(store.typesOf('countdown-a')).to.have.length(3);
  });

  it('that fail are named, tried more and more rarely, and hold up no others', async () => {
    const { clock, index, due, faults, store, send } = systemOf();
    for (let number = 0; number < 300; number++) await send(`bad-${number}`, { type: 'Begin', from: 1, dueAt: 1 });
    await send('good', { type: 'Begin', from: 1, dueAt: 2 });
    await index.bringOn();
    await due.look();
    await due.look();
    expect(store.typesOf('countdown-good')).to.have.length(2);
    await due.look();
    expect(faults).to.have.length(300);
    clock.time += 60_000;
    await due.look();
    await due.look();
    expect(faults).to.have.length(600);
  });

  it('that a process left which has ended are taken up at the start, though it would have had time still', async () => {
    const { clock, index, due, send } = systemOf();
    const ending = new AbortController();
    await send('a', { type: 'Begin', from: 1, dueAt: clock.now() + 30_000 });
    await index.bringOn();
    clock.sleep = async () => ending.abort();
    const looked: number[] = [];
    const find = index.find;
    index.find = async (until, limit) => {
      looked.push(until - clock.now());
      return find(until, limit);
    };
    await due.run(ending.signal, 60_000);
    expect(looked).to.deep.equal([60_000]);
  });
});
