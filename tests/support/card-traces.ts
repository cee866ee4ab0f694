import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CanaryCard {
  readonly number: string;
  readonly securityCode: string;
  /** Made of it. */
  readonly tokens?: readonly string[];
}

interface Form {
  readonly name: string;
  readonly pattern: RegExp;
}

const escaped = (text: string): string =>
  text.replaceAll(/[^A-Za-z0-9]/g, (char) => `\\x${hexOf(Buffer.from(char, 'latin1'))}`);
const hexOf = (bytes: Buffer): string => bytes.toString('hex');
const bytesPattern = (bytes: Buffer): RegExp => new RegExp(escaped(bytes.toString('latin1')));

/** Base64 of a text that begins at any of the three places within a group; what depends on its neighbours is left out. */
const base64Parts = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });

/** The number as SQLite and other binary formats may keep it. */
const binaryForms = (number: string): readonly Buffer[] => {
  const whole = Buffer.alloc(8);
  whole.writeBigUInt64BE(BigInt(number));
  const float = Buffer.alloc(8);
  float.writeDoubleBE(Number(number));
  const packed = Buffer.from(number.length % 2 === 0 ? number : `0${number}`, 'hex');
  const least = whole.subarray(whole.findIndex((byte) => byte !== 0));
  return [least, Buffer.from(least).reverse(), float, Buffer.from(float).reverse(), packed];
};

const formsOf = ({ number, securityCode, tokens = [] }: CanaryCard): readonly Form[] => {
  const digits = [...number];
  const wide = ['utf8', 'utf16le'] as const;
  return [
    // A byte of 0 between digits is UTF-16 of either order.
    { name: 'digits, in groups or not', pattern: new RegExp(digits.join('[\\s\\0\\xa0._,:/+-]{0,2}')) },
    { name: 'percent-encoded', pattern: new RegExp(digits.map((digit) => `%3${digit}`).join('')) },
    ...wide.map((encoding) => ({
      name: `hex of ${encoding}`,
      pattern: new RegExp(hexOf(Buffer.from(number, encoding)), 'i'),
    })),
    ...wide.flatMap((encoding) =>
      base64Parts(Buffer.from(number, encoding)).map((part) => ({
        name: `base64 of ${encoding}`,
        pattern: new RegExp(escaped(part).replaceAll('\\x2b', '[+-]').replaceAll('\\x2f', '[/_]')),
      })),
    ),
    ...binaryForms(number).map((bytes) => ({ name: 'binary', pattern: bytesPattern(bytes) })),
    ...tokens.flatMap((token) => [
      { name: 'token', pattern: new RegExp(escaped(token.slice(token.indexOf('_') + 1))) },
      { name: 'token in hex', pattern: new RegExp(hexOf(Buffer.from(token)), 'i') },
      ...base64Parts(Buffer.from(token)).map((part) => ({
        name: 'token in base64',
        pattern: new RegExp(escaped(part)),
      })),
    ]),
    // A few digits are in every other id: the code counts as a value of its own.
    { name: 'security code', pattern: new RegExp(`(?<![0-9A-Za-z._-])${securityCode}(?![0-9A-Za-z._-])`) },
    {
      name: 'security code in UTF-16',
      pattern: new RegExp(`(?<![0-9A-Za-z._-]\\0?)${[...securityCode].join('\\x00')}(?!\\0?[0-9A-Za-z._-])`),
    },
  ];
};

const made = new WeakMap<CanaryCard, readonly Form[]>();

/** Made once for a card: some thousand answers are searched for each. */
const knownFormsOf = (card: CanaryCard): readonly Form[] => {
  const forms = made.get(card) ?? formsOf(card);
  made.set(card, forms);
  return forms;
};

/** Where bytes tell of a card, and in which form. */
export const tracesIn = (bytes: Buffer, cards: readonly CanaryCard[]): readonly string[] => {
  const text = bytes.toString('latin1');
  return cards.flatMap((card) =>
    knownFormsOf(card).flatMap(({ name, pattern }) => {
      const found = pattern.exec(text);
      if (found === null) return [];
      const around = text.slice(Math.max(0, found.index - 60), found.index + 80);
      return [`${name}: ${JSON.stringify(around)}`];
    }),
  );
};

/** All files of a folder, those of its folders too. */
export const filesOf = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
};

/** Each trace of a card in the files of a folder, with its file. */
export const tracesInFolder = async (folder: string, cards: readonly CanaryCard[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const file of await filesOf(folder)) {
    for (const trace of tracesIn(await readFile(file), cards)) found.push(`${file}: ${trace}`);
  }
  return found;
};
