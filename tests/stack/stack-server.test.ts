import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../stack/free-port.js';
import { root } from '../support/checkout.js';
import { until } from '../support/until.js';

/** Ends by force only. */
const server = (port: number): string => `
  process.on('SIGTERM', () => undefined);
  require('node:net').createServer((socket) => socket.end()).listen(${port}, '127.0.0.1');
`;

const starter = (port: number, folder: string): string => `
  import { StackServer } from ${JSON.stringify(join(root, 'dist', 'stack', 'server-process.js'))};
  const args = ['-e', ${JSON.stringify(server(port))}];
  const logFile = ${JSON.stringify(join(folder, 'server.log'))};
  await StackServer.start({ program: process.execPath, args, port: ${port}, logFile });
  console.log('started');
  setInterval(() => undefined, 1_000);
`;

const isRefused = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
};

describe('a server that is started for tests', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boxoffice-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`ends when its starter ends by ${signal}`, async () => {
      const port = await freePort();
      const child = spawn(process.execPath, ['--input-type=module', '-e', starter(port, folder)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      child.kill(signal);
      await until('nobody listens any more', () => isRefused(port), 10_000);
    });
  }
});
