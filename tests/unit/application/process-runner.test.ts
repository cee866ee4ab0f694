import { expect } from 'chai';
import { type Perform, ProcessRunner } from '../../../src/application/processes/process-runner.js';
import { countdownOn, counting } from '../../support/countdown.js';

type Step = Perform<{ readonly from: number }>;

/** A process with the effect that records its step, unless told otherwise. */
const processOn = (on = countdownOn()) => {
  const { commandHandler, clock, send } = on;
  const done: number[] = [];
  const step: Step = async ({ from }, { id }) => {
    done.push(from);
    await send(id, { type: 'Step', from });
    return undefined;
  };
  const runnerOf = (perform: Step = step) => new ProcessRunner(counting, perform, commandHandler, clock);
  return { ...on, done, step, runnerOf };
};

describe('the process runner', () => {
  it('does effect after effect until the process rests, and says whether anything moved', async () => {
    const { send, done, runnerOf } = processOn();
    await send('a', { type: 'Begin', from: 3, dueAt: 0 });
    const runner = runnerOf();
    expect(await runner.advance('a')).to.equal(true);
    expect(done).to.deep.equal([3, 2, 1]);
    expect(await runner.advance('a')).to.equal(false);
  });

  it('does nothing before the time has come', async () => {
    const { clock, send, done, runnerOf } = processOn();
    await send('a', { type: 'Begin', from: 1, dueAt: clock.now() + 1 });
    expect(await runnerOf().advance('a')).to.equal(false);
    clock.time++;
    expect(await runnerOf().advance('a')).to.equal(true);
    expect(done).to.deep.equal([1]);
  });

  it('stops where an effect is not answered, and goes on there the next time', async () => {
    const { send, done, step, runnerOf } = processOn();
    await send('a', { type: 'Begin', from: 2, dueAt: 0 });
    const silent = runnerOf(async (effect, running) => (effect.from === 1 ? 'unanswered' : step(effect, running)));
    expect(await silent.advance('a')).to.equal(true);
    expect(await silent.advance('a')).to.equal(false);
    expect(await runnerOf().advance('a')).to.equal(true);
    expect(done).to.deep.equal([2, 1]);
  });

  for (const when of ['before', 'after'] as const) {
    it(`goes on after a crash ${when} any effect, in another process, and each has one effect`, async () => {
      for (const crashAt of [3, 2, 1]) {
        const { store, clock, send, step, runnerOf } = processOn();
        await send('a', { type: 'Begin', from: 3, dueAt: 0 });
        const dying = runnerOf(async (effect, running) => {
          if (effect.from === crashAt && when === 'before') throw new Error('dies');
          await step(effect, running);
          if (effect.from === crashAt && when === 'after') throw new Error('dies');
          return undefined;
        });
        expect(await dying.advance('a').catch(({ message }) => message)).to.equal('dies');
        await processOn(countdownOn(store, clock)).runnerOf().advance('a');
        expect(store.typesOf('countdown-a'), String(crashAt)).to.deep.equal(['Begun', ...Array(3).fill('Stepped')]);
      }
    });
  }

  it('on two instances at once has each effect once', async () => {
    const one = processOn();
    const other = processOn(countdownOn(one.store, one.clock));
    await one.send('a', { type: 'Begin', from: 5, dueAt: 0 });
    const runners = [one.runnerOf(), other.runnerOf()];
    await Promise.all(runners.map((runner) => runner.advance('a')));
    expect(one.store.typesOf('countdown-a')).to.deep.equal(['Begun', ...Array(5).fill('Stepped')]);
  });

  it('asked twice at once in one process walks one after the other', async () => {
    const { send, step, runnerOf } = processOn();
    await send('a', { type: 'Begin', from: 3, dueAt: 0 });
    let atOnce = 0;
    const runner = runnerOf(async (effect, running) => {
      expect(++atOnce).to.equal(1);
      await step(effect, running);
      atOnce--;
      return undefined;
    });
    const moved = await Promise.all([runner.advance('a'), runner.advance('a'), runner.advance('b')]);
    expect(moved).to.deep.equal([true, false, false]);
  });

  it('gives up a process that never comes to rest', async () => {
    const { send, step, runnerOf } = processOn();
    await send('a', { type: 'Begin', from: 1_000, dueAt: 0 });
    const gaveUp = await runnerOf(step)
      .advance('a')
      .catch(({ message }: Error) => message);
    expect(gaveUp).to.equal('counting a does not come to rest');
  });
});
