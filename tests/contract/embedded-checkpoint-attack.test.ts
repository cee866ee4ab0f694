import { rm } from 'node:fs/promises';
import { tempFolder } from '../support/temp-store.js';
import { checkpointAttack } from './checkpoint-attack.contract.js';

for (const partitions of [1, 8]) {
  checkpointAttack(`embedded, partitions: ${partitions}`, {
    module: new URL(`../support/attack/embedded-system.js?partitions=${partitions}`, import.meta.url),
    prepare: async () => {
      const place = await tempFolder();
      return { place, dispose: () => rm(place, { recursive: true, force: true }) };
    },
  });
}
