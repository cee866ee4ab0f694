import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** Java for a small server that starts fast. */
export const javaFlags: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const running = new Set<ChildProcess>();

// At once, so that whoever started it may remove the server's folder.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Kills the server when this process ends by a signal, SIGKILL too: its end of the pipe is closed then. */
const endWithStarter = (server: ChildProcess): void => {
  const watching = ['-c', 'read _; kill -9 "$1"', 'sh', String(server.pid)];
  // In a group of its own: Ctrl+C ends it no sooner than the server.
  const watcher = spawn('sh', watching, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.unref();
  server.once('exit', () => watcher.kill('SIGKILL'));
};

export interface ServerStart {
  readonly program: string;
  readonly args: readonly string[];
  /** Takes connections when the server is up. */
  readonly port: number;
  /** All that the server prints goes here. */
  readonly logFile: string;
  /** Looked for in the log, beside the port: a server may take connections before it can answer. */
  readonly readyText?: string;
  readonly readyMs?: number;
}

/** A server of somebody else's as a process of its own. */
export class StackServer {
  private constructor(private readonly child: ChildProcess) {}

  /** @throws Error with the end of the log when it ends, or isn't up in time */
  static async start(start: ServerStart): Promise<StackServer> {
    const { program, args, port, logFile, readyText = '', readyMs = 60_000 } = start;
    const log = openSync(logFile, 'w');
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    running.add(child);
    // Whoever started it may end all the same: then it is killed.
    child.unref();
    let failure: unknown;
    child.once('error', (cause) => {
      failure = cause;
    });
    child.once('exit', () => running.delete(child));
    if (child.pid !== undefined) endWithStarter(child);
    const server = new StackServer(child);
    for (const deadline = Date.now() + readyMs; ; ) {
      const said = readFileSync(logFile, 'utf8');
      if (failure !== undefined || server.isOver) {
        throw new Error(`${program} ended: ${said.slice(-2_000)}`, { cause: failure });
      }
      if (said.includes(readyText) && (await answers(port))) return server;
      if (Date.now() > deadline) {
        await server.kill();
        throw new Error(`${program} isn't up after ${readyMs} ms: ${said.slice(-2_000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stands still, and keeps its connections, until `resume`. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.isOver) return;
    this.child.ref();
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
