import { rectifyConfusion } from 'unicode-confusables';

const beyondAscii = /[^\0-\x7f]/gu;

/**
 * What a name looks like to who reads it, whatever the letter case and the script: Cyrillic А is A. Characters of ASCII
 * stay apart, as a hall may have a row I and a row 1.
 */
const lookOf = (name: string): string =>
  name.normalize('NFKC').toLowerCase().replaceAll(beyondAscii, rectifyConfusion).toLowerCase();

/** The first two names of a list that look alike. */
export const lookAlikes = (names: readonly string[]): readonly [string, string] | undefined => {
  const seen = new Map<string, string>();
  for (const name of names) {
    const look = lookOf(name);
    const other = seen.get(look);
    if (other !== undefined) return [other, name];
    seen.set(look, name);
  }
  return undefined;
};
