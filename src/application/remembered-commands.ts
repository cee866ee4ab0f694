/** Look-ups in the text of a snapshot before a set is made of it. */
const lookUpsInText = 16;
const bytesOfId = 120;

/**
 * Ids of the last commands of a stream that made events. Those of a snapshot stay the text that they are for the first
 * look-ups: one takes some microseconds, and making a set of a thousand takes longer than all else of a snapshot, which
 * the first command on a stream would wait for.
 */
export class RememberedCommands {
  readonly #limit: number;
  readonly #ids = new Set<string>();
  #text: string;
  #lookUps = 0;

  /** @param text as `text` gave it */
  constructor(limit: number, text = '') {
    this.#limit = limit;
    this.#text = text;
  }

  /** Oldest first, each ended by a line break. */
  get text(): string {
    const ids = [...idsIn(this.#text), ...this.#ids].slice(-this.#limit);
    return ids.map((id) => `${id}\n`).join('');
  }

  /** Bytes of memory, about. */
  get sizeBytes(): number {
    return this.#text.length + this.#ids.size * bytesOfId;
  }

  has(id: string): boolean {
    if (this.#ids.has(id)) return true;
    if (this.#text === '') return false;
    if (++this.#lookUps <= lookUpsInText) return this.#text.startsWith(`${id}\n`) || this.#text.includes(`\n${id}\n`);
    this.#readText();
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    this.#forget();
  }

  #readText(): void {
    const later = [...this.#ids];
    this.#ids.clear();
    for (const id of [...idsIn(this.#text), ...later]) this.#ids.add(id);
    this.#text = '';
    this.#forget();
  }

  #forget(): void {
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#limit) return;
      this.#ids.delete(oldest);
    }
  }
}

const idsIn = (text: string): readonly string[] => text.split('\n').slice(0, -1);
