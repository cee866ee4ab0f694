import { rm } from 'node:fs/promises';
import type { MongoViewsPlace } from '../support/attack/mongo-views-system.js';
import { mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { tempFolder } from '../support/temp-store.js';
import { checkpointAttack } from './checkpoint-attack.contract.js';

const system = {
  module: new URL('../support/attack/mongo-views-system.js', import.meta.url),
  prepare: async () => {
    const folder = await tempFolder();
    const { url, database, drop } = await mongoPlace();
    return {
      place: JSON.stringify({ folder, url, database } satisfies MongoViewsPlace),
      dispose: async () => {
        await drop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

describeMongo('views in MongoDB, attacked', () => checkpointAttack('views in MongoDB, partitions: 8', system));
