import { expect } from 'chai';
import { type Publisher, runRelay } from '../../../src/application/feed/relay.js';
import { beginning } from '../../../src/application/ports/event-store.js';
import { newEvent, openTempStore, realClock } from '../../support/temp-store.js';

describe('the relay', () => {
  it('begins again when another has taken over, until it is told to stop', async () => {
    await using opened = await openTempStore();
    await opened.store.append('thing-1', [newEvent('A')], 'no-stream');
    const ending = new AbortController();
    const failures: unknown[] = [];
    const fenced = new Error('fenced');
    let begun = 0;
    const publisher: Publisher = {
      begin: async () => {
        begun++;
        return beginning;
      },
      publish: async () => {
        if (begun < 3) throw fenced;
        ending.abort();
      },
      close: async () => undefined,
    };
    const onFailure = (cause: unknown): void => void failures.push(cause);
    const wait = { firstMs: 1, longestMs: 1 };
    await runRelay(
      { store: opened.store, publisher, isOwn: () => true, clock: realClock, wait, onFailure },
      ending.signal,
    );
    expect(begun).to.equal(3);
    expect(failures).to.deep.equal([fenced, fenced]);
  });
});
