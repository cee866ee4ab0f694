import { MongoPark } from '../../src/infrastructure/feed/mongodb/mongo-park.js';
import { mongoPlace } from '../support/mongo.js';
import { describeMongo } from '../support/servers.js';
import { parkContract } from './park.contract.js';

const begin = async () => {
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
};

describeMongo('a park in MongoDB', () => parkContract('mongodb', begin));
