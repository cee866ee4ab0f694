import { MongoViewStore } from '../../src/infrastructure/views/mongodb/mongo-view-store.js';
import { mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { viewDeletesContract } from './view-deletes.contract.js';
import { viewGenerationsContract } from './view-generations.contract.js';
import { type ViewStoreUnderTest, viewStoreContract } from './view-store.contract.js';

const open = (partitions: number) => async (): Promise<ViewStoreUnderTest> => {
  const { drop, ...options } = await mongoPlace();
  let views = new MongoViewStore(options);
  const beside = new MongoViewStore(options);
  return {
    partitions,
    views,
    beside,
    reopen: async () => {
      await views.close();
      views = new MongoViewStore(options);
      return views;
    },
    dispose: async () => {
      await views.close();
      await beside.close();
      await drop();
    },
  };
};

describeMongo('views over MongoDB', () => {
  for (const partitions of [1, 8]) {
    const name = `mongodb, partitions: ${partitions}`;
    viewStoreContract(name, open(partitions));
    viewDeletesContract(name, open(partitions));
    viewGenerationsContract(name, open(partitions));
  }
});
