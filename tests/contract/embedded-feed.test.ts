import { EmbeddedFeed } from '../../src/infrastructure/feed/embedded/embedded-feed.js';
import { openTempStore, realClock } from '../support/temp-store.js';
import { feedContract } from './feed.contract.js';

feedContract('embedded', async () => {
  const { store, folder, dispose } = await openTempStore();
  const open = (): EmbeddedFeed =>
    new EmbeddedFeed({ store, folder, clock: realClock, wait: { firstMs: 1, longestMs: 5 } });
  let feed = open();
  return {
    store,
    feed,
    reopen: async () => {
      await feed.close();
      feed = open();
      return feed;
    },
    dispose: async () => {
      await feed.close();
      await dispose();
    },
  };
});
