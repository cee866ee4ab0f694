import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { positionOf } from '../../../src/infrastructure/event-store/embedded/position.js';
import { Subscriptions } from '../../../src/infrastructure/event-store/embedded/subscriptions.js';
import { until } from '../../support/until.js';

describe('subscriptions on a store', () => {
  it('sleep on while nothing comes that they asked for', async () => {
    let looks = 0;
    const subscriptions = new Subscriptions((position) => {
      looks += 1;
      return { events: [], next: position, isHead: true };
    });
    const ending = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const _ of subscriptions.subscribe(positionOf(0), { types: ['A'] }, ending.signal));
    };
    const begunAt = performance.now();
    const following = follow();
    for (let time = 0; time < 50; time++) {
      await setTimeout(3);
      subscriptions.appended(['B']);
    }
    // By itself it looks ten times a second.
    expect(looks).to.be.at.most(2 + (performance.now() - begunAt) / 100);
    const before = looks;
    subscriptions.appended(['B', 'A']);
    await until('it looks again', async () => looks > before);
    ending.abort();
    await following;
  });
});
