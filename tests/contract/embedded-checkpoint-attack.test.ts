import { rm } from 'node:fs/promises';
import { tempFolder } from '../support/temp-store.js';
import { checkpointAttack } from './checkpoint-attack.contract.js';

checkpointAttack('embedded', {
  module: new URL('../support/attack/embedded-system.js', import.meta.url),
  prepare: async () => {
    const place = await tempFolder();
    return { place, dispose: () => rm(place, { recursive: true, force: true }) };
  },
});
