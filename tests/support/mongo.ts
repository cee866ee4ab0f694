import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';

export interface MongoPlace {
  readonly url: string;
  /** Of the test alone. */
  readonly database: string;
  drop(): Promise<void>;
}

/** A database of its own on the server that the tests are to use. */
export const mongoPlace = async (): Promise<MongoPlace> => {
  const url = process.env.MONGODB_URL;
  if (url === undefined) throw new Error('MONGODB_URL names no server');
  const database = `boxoffice_${randomUUID()}`;
  return {
    url,
    database,
    drop: async () => {
      const client = new MongoClient(url);
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
};
