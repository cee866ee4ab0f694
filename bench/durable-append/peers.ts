import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Entrant } from '../harness/pairs.js';
import { packageFile, startPeer } from '../peers/peer-process.js';
import { Postgres } from '../peers/postgres.js';
import { UmaDb } from '../peers/umadb.js';
import { type AppendRound, roundOf } from './round.js';
import { sampleData, sampleMetadata } from './sample.js';

/** More connections would only wait for message-db's lock on the category. */
const messageDbConnections = 16;

export interface PeerLoad {
  readonly writers: number;
  readonly seconds: number;
}

export interface Peer extends Entrant<AppendRound> {
  readonly version: string;
  stop(): Promise<void>;
}

const peerRound = async (
  script: string,
  args: readonly string[],
  { writers, seconds }: PeerLoad,
  serverSeconds: () => number,
): Promise<AppendRound> => {
  const before = serverSeconds();
  const all = [...args, String(writers), String(seconds), sampleData, sampleMetadata];
  const peer = await startPeer(script, { args: all });
  const round = roundOf(peer.ready, serverSeconds() - before);
  await peer.stop();
  return round;
};

/** @throws Error that says why there is none */
export const umaDb = async (load: PeerLoad, mayBuild: boolean): Promise<Peer> => {
  const server = await UmaDb.start(mayBuild);
  const script = 'durable-append/umadb.mjs';
  return {
    name: 'umadb',
    version: UmaDb.version,
    run: () => peerRound(script, [server.address], load, () => server.processorSeconds()),
    stop: () => server.stop(),
  };
};

/** Its own script makes its tables and functions. @throws Error that says why there is none */
export const messageDb = async (load: PeerLoad): Promise<Peer> => {
  const install = packageFile('@eventide/message-db', 'database/install.sh');
  const postgres = await Postgres.start();
  const { hostname, port } = new URL(postgres.url);
  const env = { PATH: process.env.PATH ?? '', PGHOST: hostname, PGPORT: port, PGUSER: 'postgres' };
  const made = spawnSync('bash', [install], { env, encoding: 'utf8', cwd: dirname(install) });
  if (made.status !== 0) {
    await postgres.stop();
    throw new Error(`message-db could not be installed: ${made.stderr}`);
  }
  const url = new URL('message_store', postgres.url).href;
  const args = [url, String(messageDbConnections)];
  return {
    name: 'messageDb',
    version: `message-db 1.3.1 on ${postgres.version}`,
    run: () => peerRound(join('durable-append', 'message-db.mjs'), args, load, () => postgres.processorSeconds()),
    stop: () => postgres.stop(),
  };
};
