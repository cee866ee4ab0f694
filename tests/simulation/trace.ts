import { createHash } from 'node:crypto';

const kept = 300;

/** What happened in a run, step by step: its hash tells two runs apart, its last lines tell what led to a failure. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #last: string[] = [];

  /** @param hear is told each line as it comes */
  constructor(private readonly hear?: (line: string) => void) {}

  say(line: string): void {
    this.#hash.update(line).update('\n');
    this.#last.push(line);
    if (this.#last.length > 2 * kept) this.#last.splice(0, kept);
    this.hear?.(line);
  }

  get last(): readonly string[] {
    return this.#last.slice(-kept);
  }

  /** May be asked once, at the end. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
