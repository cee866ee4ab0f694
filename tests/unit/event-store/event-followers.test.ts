import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EventFollowers } from '../../../src/infrastructure/event-store/embedded/event-followers.js';
import { positionOf } from '../../../src/infrastructure/event-store/embedded/position.js';
import { until } from '../../support/until.js';

describe('those who follow a store', () => {
  it('sleep on while nothing comes that they asked for', async () => {
    let looks = 0;
    const followers = new EventFollowers((position) => {
      looks += 1;
      return { events: [], next: position, isHead: true };
    });
    const ending = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const _ of followers.follow(positionOf(0), { types: ['A'] }, ending.signal));
    };
    const begunAt = performance.now();
    const following = follow();
    for (let time = 0; time < 50; time++) {
      await setTimeout(3);
      followers.appended(['B']);
    }
    // By itself it looks ten times a second.
    expect(looks).to.be.at.most(2 + (performance.now() - begunAt) / 100);
    const before = looks;
    followers.appended(['B', 'A']);
    await until('it looks again', async () => looks > before);
    ending.abort();
    await following;
  });
});
