import { MongoPark } from '../../src/infrastructure/feed/mongodb/mongo-park.js';
import { mongoPlace } from '../support/mongo.js';
import { parkContract } from './park.contract.js';

parkContract('mongodb', async () => {
  const { drop, ...place } = await mongoPlace();
  const park = new MongoPark(place);
  const beside = new MongoPark(place);
  return {
    park,
    beside,
    dispose: async () => {
      await park.close();
      await beside.close();
      await drop();
    },
  };
});
