import { rm } from 'node:fs/promises';
import { EmbeddedViewStore } from '../../src/infrastructure/views/embedded/embedded-view-store.js';
import { tempFolder } from '../support/temp-store.js';
import { viewStoreContract } from './view-store.contract.js';

viewStoreContract('embedded', async () => {
  const folder = await tempFolder();
  let views = EmbeddedViewStore.open({ folder });
  return {
    views,
    reopen: async () => {
      await views.close();
      views = EmbeddedViewStore.open({ folder });
      return views;
    },
    dispose: async () => {
      await views.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
