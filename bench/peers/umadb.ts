import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../stack/free-port.js';
import { root } from '../harness/checkout.js';
import { processorSeconds } from '../harness/processor-time.js';

const version = '0.7.8';

const builtProgram = (): string => {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'boxoffice', `umadb-${version}`, 'bin', 'umadb');
};

/** A UmaDB of its own in a folder of its own, on loopback; gone after `stop`. */
export class UmaDb {
  static readonly version = version;

  private constructor(
    private readonly server: ChildProcess,
    private readonly folder: string,
    readonly address: string,
  ) {}

  /**
   * @param mayBuild whether to build it first if it isn't there, which takes minutes
   * @throws Error that says why there is none
   */
  static async start(mayBuild: boolean): Promise<UmaDb> {
    const program = builtProgram();
    if (!existsSync(program)) {
      if (!mayBuild) throw new Error('not built: node scripts/fetch-umadb.mjs, or the long form of the benchmark');
      const script = join(root, 'scripts', 'fetch-umadb.mjs');
      const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
      if (status !== 0) throw new Error(`scripts/fetch-umadb.mjs ended with ${status}`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-umadb-'));
    const address = `127.0.0.1:${await freePort()}`;
    const server = spawn(program, ['--listen', address, '--db-path', folder], { stdio: 'ignore' });
    await once(server, 'spawn');
    return new UmaDb(server, folder, address);
  }

  processorSeconds(): number {
    return processorSeconds([this.server.pid ?? 0]);
  }

  async stop(): Promise<void> {
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const closed = once(this.server, 'close');
      this.server.kill('SIGTERM');
      await closed;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
