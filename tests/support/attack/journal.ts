import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Position, RecordedEvent } from '../../../src/application/ports/event-store.js';

/** An event as a reader took it, or a writer had it acknowledged. */
export interface Entry {
  readonly id: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: Position;
  /** Which opening of the reader it was in. */
  readonly opening: string;
}

/** Lines that survive the process: what was written before a kill is there after it. */
export class Journal {
  readonly #file: number;

  constructor(
    folder: string,
    name: string,
    private readonly opening: string,
  ) {
    this.#file = openSync(join(folder, name), 'a');
  }

  add(events: readonly Pick<RecordedEvent, 'id' | 'stream' | 'revision' | 'position'>[]): void {
    const lines = events.map(
      ({ id, stream, revision, position }) => `${this.opening} ${position} ${stream} ${revision} ${id}\n`,
    );
    if (lines.length > 0) writeSync(this.#file, lines.join(''));
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All that was written under a name. */
export const readJournal = (folder: string, name: string): readonly Entry[] => {
  const file = join(folder, name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [opening = '', position = '', stream = '', revision = '', id = ''] = line.split(' ');
      return { opening, position: position as Position, stream, revision: BigInt(revision), id };
    });
};
