import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { sharedMongo } from './servers.js';

export interface MongoPlace {
  readonly url: string;
  /** Of the test alone. */
  readonly database: string;
  drop(): Promise<void>;
}

/** What the tests of this process have said of servers. */
const told = new Set<string>();

/** Says the product: a stand-in is said to be one where it is started. */
const tell = async (url: string, client: MongoClient): Promise<void> => {
  if (told.size === told.add(url).size) return;
  const { version, modules } = await client.db('admin').command({ buildInfo: 1 });
  const product = Array.isArray(modules) ? 'MongoDB' : 'a server that speaks as MongoDB';
  console.log(`      ${product} ${version}`);
};

/** A database of its own on a server: the one that all tests share unless told otherwise. */
export const mongoPlace = async (given?: string): Promise<MongoPlace> => {
  const url = given ?? (await sharedMongo());
  const database = `boxoffice_${randomUUID()}`;
  const once = async (work: (client: MongoClient) => Promise<unknown>): Promise<void> => {
    const client = new MongoClient(url);
    await work(client).finally(() => client.close());
  };
  await once((client) => tell(url, client));
  return { url, database, drop: () => once((client) => client.db(database).dropDatabase()) };
};
