import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Suite } from 'mocha';
import { type ServerName, serverLacks } from '../../stack/fetch.js';
import { Kafka } from '../../stack/kafka.js';
import { MongoWire } from '../../stack/mongodb-wire.js';
import { needs } from './needs.js';
import { once } from './once.js';

const folder = mkdtempSync(join(tmpdir(), 'boxoffice-servers-'));

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const say = (line: string): void => console.log(`      ${line}`);

/** Brokers that all tests of this process share: those of `KAFKA_BROKERS`, or else a real one that is started now. */
export const sharedKafka = once(async (): Promise<readonly string[]> => {
  const given = process.env.KAFKA_BROKERS;
  if (given !== undefined) {
    say(`Kafka at ${given}`);
    return given.split(',');
  }
  const kafka = await Kafka.start({ folder: join(folder, 'kafka'), say });
  say(kafka.product);
  return kafka.addresses;
});

/** A server that all tests of this process share: that of `MONGODB_URL`, or else a stand-in that is started now. */
export const sharedMongo = once(async (): Promise<string> => {
  const given = process.env.MONGODB_URL;
  if (given !== undefined) return given;
  const wire = await MongoWire.start({ folder: join(folder, 'mongodb'), say });
  say(wire.product);
  return wire.url;
});

/** A folder that goes with this process. */
export const serverData = (): string => mkdtempSync(join(folder, 'own-'));

/** `describe` for tests that start a server; where none can be started, one test stands for all of them. */
export const describeServer = (name: ServerName, title: string, define: (this: Suite) => void): void => {
  const lack = serverLacks(name);
  const leaveOut = (): void => {
    it('needs a server', function () {
      needs(this, lack, title);
    });
  };
  describe(title, lack === undefined ? define : leaveOut);
};

/** `describe` for tests of the shared brokers. */
export const describeKafka = (title: string, define: (this: Suite) => void): void =>
  process.env.KAFKA_BROKERS === undefined ? describeServer('kafka', title, define) : void describe(title, define);

/** `describe` for tests of the shared MongoDB. */
export const describeMongo = (title: string, define: (this: Suite) => void): void =>
  process.env.MONGODB_URL === undefined ? describeServer('mongodb-wire', title, define) : void describe(title, define);
