import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { EventStoreProcess } from '../support/event-store-process.js';
import { tempFolder } from '../support/temp-store.js';
import { checkpointAttack } from './checkpoint-attack.contract.js';

/** On the server that `EVENTSTORE_URL` names, or the wire server of our own. */
for (const partitions of [1, 8]) {
  checkpointAttack(`EventStoreDB, partitions: ${partitions}`, {
    module: new URL(`../support/attack/eventstoredb-system.js?partitions=${partitions}`, import.meta.url),
    prepare: async () => {
      const folder = await tempFolder();
      const given = process.env.EVENTSTORE_URL;
      const server = given === undefined ? await EventStoreProcess.start() : undefined;
      return {
        place: JSON.stringify({ url: given ?? server?.url, folder, scope: `${randomUUID()}:` }),
        dispose: async () => {
          await server?.dispose();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  });
}
