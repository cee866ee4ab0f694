import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '../../src/application/ports/event-store.js';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { type Platform, startPlatform } from '../../src/main/platform.js';
import { allRoles, type Role } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';
import { tokens } from '../../src/main/tokens.js';
import { Shop } from './shop.js';

export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'boxoffice-'));

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Settings of a process of its own: any ports, its own folder. */
export const settingsFor = (folder: string, own: Readonly<Record<string, string>> = {}) => ({
  PORT: '0',
  OPERATOR_PORT: '0',
  BOXOFFICE_DATA: folder,
  BOXOFFICE_LOG_LEVEL: 'silent',
  ...own,
});

/** The whole platform in this process. */
export interface LocalPlatform extends Platform {
  readonly folder: string;
  readonly api: ApiClient;
  readonly operator: ApiClient;
  readonly shop: Shop;
  /** Stored events of a stream, the oldest first. */
  eventsOf(stream: string): Promise<readonly RecordedEvent[]>;
}

export const startHere = async (folder: string, own: Readonly<Record<string, string>> = {}): Promise<LocalPlatform> => {
  const platform = await startPlatform(readSettings(settingsFor(folder, own)), new Set(allRoles));
  const api = new ApiClient(platform.url);
  const store = await platform.container.getAsync(tokens.eventStore);
  return {
    ...platform,
    folder,
    api,
    operator: new ApiClient(platform.operatorUrl),
    shop: new Shop(api),
    eventsOf: (stream) => store.read(stream),
  };
};

/** A folder, and the platform that runs on it in this process: with some roles, then with others. */
export class PlatformInTurns {
  #running: Platform | undefined;

  private constructor(readonly folder: string) {}

  static async open(): Promise<PlatformInTurns> {
    return new PlatformInTurns(await newFolder());
  }

  /** @throws Error when nothing runs */
  get running(): Platform {
    if (this.#running === undefined) throw new Error('no platform runs');
    return this.#running;
  }

  /** Stops what runs, then starts these roles. */
  async start(roles: readonly Role[], own: Readonly<Record<string, string>> = {}): Promise<Shop> {
    await this.stop();
    this.#running = await startPlatform(readSettings(settingsFor(this.folder, own)), new Set(roles));
    return new Shop(new ApiClient(this.#running.url));
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await removeFolder(this.folder);
  }
}
