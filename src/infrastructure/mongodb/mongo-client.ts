import { type Db, MongoClient } from 'mongodb';

export interface MongoOptions {
  /** Connection string, with the credentials of the module whose database it is. */
  readonly url: string;
  readonly database: string;
  /**
   * For each of: choosing a server, a free connection, connecting, an answer, the acknowledgement of a majority; 3 s unless
   * told otherwise.
   */
  readonly deadlineMs?: number;
}

/** A database over the one client that all users of its address in this process share. */
export interface MongoConnection {
  readonly db: Db;
  /** The last of its users ends the client. */
  close(): Promise<void>;
}

const connections = 20;

interface Shared {
  readonly client: MongoClient;
  users: number;
}

const clients = new Map<string, Shared>();

const clientOf = (url: string, deadlineMs: number): MongoClient =>
  new MongoClient(url, {
    appName: 'boxoffice',
    serverSelectionTimeoutMS: deadlineMs,
    waitQueueTimeoutMS: deadlineMs,
    connectTimeoutMS: deadlineMs,
    socketTimeoutMS: deadlineMs,
    heartbeatFrequencyMS: deadlineMs,
    maxPoolSize: connections,
    // Every write is guarded by what it was made from: whoever gets no answer looks again, and needs no session for it.
    retryWrites: false,
    retryReads: true,
    ignoreUndefined: true,
    writeConcern: { w: 'majority', wtimeoutMS: deadlineMs },
  });

/** Connects with the first call, and again by itself. @throws Error for what is no connection string */
export const openMongo = ({ url, database, deadlineMs = 3_000 }: MongoOptions): MongoConnection => {
  const key = `${deadlineMs} ${url}`;
  const shared = clients.get(key) ?? { client: clientOf(url, deadlineMs), users: 0 };
  clients.set(key, shared);
  shared.users++;
  let isOpen = true;
  return {
    db: shared.client.db(database),
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      shared.users--;
      if (shared.users > 0) return;
      clients.delete(key);
      await shared.client.close();
    },
  };
};
