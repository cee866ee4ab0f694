/** Look-ups in the text of a snapshot before a set is made of it. */
const lookUpsInText = 16;
const bytesOfEntry = 170;

/**
 * The last commands of a stream that made events: their ids, and the fingerprints of the requests that they came from.
 * Those of a snapshot stay the text that they are for the first look-ups: one takes some microseconds, and making a map of
 * a thousand takes longer than all else of a snapshot, which the first command on a stream would wait for.
 */
export class RememberedCommands {
  readonly #limit: number;
  /** Fingerprints by id; empty for a command that no request of a client stands behind. */
  readonly #fingerprints = new Map<string, string>();
  #text: string;
  #lookUps = 0;

  /** @param text as `text` gave it */
  constructor(limit: number, text = '') {
    this.#limit = limit;
    this.#text = text;
  }

  /** Oldest first, each ended by a line break: the id, and the fingerprint behind a space where there is one. */
  get text(): string {
    const lines = [...this.#fingerprints].map(([id, fingerprint]) =>
      fingerprint === '' ? id : `${id} ${fingerprint}`,
    );
    return [...linesIn(this.#text), ...lines]
      .slice(-this.#limit)
      .map((line) => `${line}\n`)
      .join('');
  }

  /** Bytes of memory, about. */
  get sizeBytes(): number {
    return this.#text.length + this.#fingerprints.size * bytesOfEntry;
  }

  /** The command's fingerprint, empty where it has none; nothing if the command isn't remembered. */
  fingerprintOf(id: string): string | undefined {
    const known = this.#fingerprints.get(id);
    if (known !== undefined || this.#text === '') return known;
    if (++this.#lookUps <= lookUpsInText) return this.#inText(id);
    this.#readText();
    return this.#fingerprints.get(id);
  }

  add(id: string, fingerprint = ''): void {
    this.#fingerprints.set(id, fingerprint);
    this.#forget();
  }

  #inText(id: string): string | undefined {
    const isFirst = this.#text.startsWith(`${id}\n`) || this.#text.startsWith(`${id} `);
    const before = Math.max(this.#text.indexOf(`\n${id}\n`), this.#text.indexOf(`\n${id} `));
    if (!isFirst && before < 0) return undefined;
    const start = (isFirst ? 0 : before + 1) + id.length;
    return this.#text.slice(start, this.#text.indexOf('\n', start)).trimStart();
  }

  #readText(): void {
    const later = [...this.#fingerprints];
    this.#fingerprints.clear();
    for (const line of linesIn(this.#text)) {
      const [id = '', fingerprint = ''] = line.split(' ');
      this.#fingerprints.set(id, fingerprint);
    }
    for (const [id, fingerprint] of later) this.#fingerprints.set(id, fingerprint);
    this.#text = '';
    this.#forget();
  }

  #forget(): void {
    for (const oldest of this.#fingerprints.keys()) {
      if (this.#fingerprints.size <= this.#limit) return;
      this.#fingerprints.delete(oldest);
    }
  }
}

const linesIn = (text: string): readonly string[] => text.split('\n').slice(0, -1);

/** Whether two requests that came under one id differ; what an earlier build wrote has no fingerprint, and may be the same. */
export const isOtherRequest = (before = '', now = ''): boolean => before !== '' && now !== '' && before !== now;
