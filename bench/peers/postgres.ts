import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../stack/free-port.js';
import { familySeconds } from '../harness/processor-time.js';

const debianFolder = '/usr/lib/postgresql';
const readyMs = 30_000;

/** Where initdb and postgres are: on the path, or where Debian puts them. @throws Error that says what to install */
const programFolder = (): string => {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
  const newest = versions.toSorted((left, right) => Number(right) - Number(left));
  const places = [
    ...newest.map((version) => join(debianFolder, version, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
  ];
  const found = places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres')));
  if (found !== undefined) return found;
  throw new Error('this benchmark needs PostgreSQL: apt-get install postgresql (15 or later)');
};

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
const runAs = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};

/**
 * Differences from PostgreSQL's own defaults. All that makes a commit durable stays on; memory is what its manual
 * advises to a dedicated server of this size.
 */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_connections: '200',
  max_wal_size: '4GB',
};

/** A PostgreSQL of its own in a folder of its own, on loopback, without a password; gone after `stop`. */
export class Postgres {
  private constructor(
    private readonly server: ChildProcess,
    private readonly folder: string,
    /** `postgresql://postgres@127.0.0.1:5432/postgres` */
    readonly url: string,
    readonly version: string,
  ) {}

  /** What was set; goes into the figures. */
  static readonly settings = settings;

  /** @throws Error that says what to install, or what the server said */
  static async start(): Promise<Postgres> {
    const programs = programFolder();
    const user = runAs();
    const folder = mkdtempSync(join(tmpdir(), 'boxoffice-postgres-'));
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o700);
    const cluster = join(folder, 'cluster');
    const initdbArgs = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const made = spawnSync(join(programs, 'initdb'), initdbArgs, { ...user, cwd: folder, encoding: 'utf8' });
    if (made.status !== 0) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`initdb: ${made.stderr}`);
    }
    const port = await freePort();
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', cluster, '-h', '127.0.0.1', '-p', String(port), '-k', folder, ...options];
    const server = spawn(join(programs, 'postgres'), args, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    const version = execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
    const postgres = new Postgres(server, folder, url, version);
    try {
      await postgres.#ready(join(programs, 'pg_isready'), port);
      return postgres;
    } catch (cause) {
      await postgres.stop();
      throw cause;
    }
  }

  /** Processor time of the server and of all that it forked. */
  processorSeconds(): number {
    return familySeconds(this.server.pid ?? 0);
  }

  /** Ends it by its process id (fast shutdown) and deletes its folder. */
  async stop(): Promise<void> {
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const closed = once(this.server, 'close');
      this.server.kill('SIGINT');
      await closed;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready(program: string, port: number): Promise<void> {
    let said = '';
    this.server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
    for (const giveUpAt = performance.now() + readyMs; performance.now() < giveUpAt; await wait(50)) {
      if (this.server.exitCode !== null) throw new Error(`postgres ended with ${this.server.exitCode}: ${said}`);
      const { status } = spawnSync(program, ['-h', '127.0.0.1', '-p', String(port)]);
      if (status === 0) return;
    }
    throw new Error(`postgres isn't ready after ${readyMs} ms: ${said}`);
  }
}
