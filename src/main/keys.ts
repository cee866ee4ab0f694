import { hkdfSync, randomBytes } from 'node:crypto';
import { appendFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first makes what is new, all of them prove what was made. */
export type MasterKeys = readonly [Uint8Array, ...Uint8Array[]];

/** Keys for each purpose, one of each master key (HKDF, RFC 5869), in their order. */
export type KeysFor = (purpose: 'bank' | 'payments' | 'tickets' | 'idempotency' | 'cursors') => MasterKeys;

const keyFile = (folder: string): string => join(folder, 'master.key');
/** What tells that a key made something of this folder, and nothing of the key: one a line. */
const checkFile = (folder: string): string => join(folder, 'key.checks');

const makeKey = (folder: string): void => {
  const draft = `${keyFile(folder)}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600, flush: true });
  try {
    // Whole or not there, and never over one that another process made.
    linkSync(draft, keyFile(folder));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  } finally {
    rmSync(draft);
  }
};

const textIn = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
};

const storedKey = (folder: string): Uint8Array | undefined => {
  const text = textIn(keyFile(folder));
  if (text === undefined) return undefined;
  const key = Buffer.from(text, 'hex');
  if (key.length !== 32) throw new Error(`${keyFile(folder)} holds no key of 32 bytes`);
  return key;
};

const derive = (master: Uint8Array, purpose: string, bytes: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', master, '', `boxoffice ${purpose}`, bytes));

const checkOf = (master: Uint8Array): string => Buffer.from(derive(master, 'check', 16)).toString('hex');

const checksIn = (folder: string): readonly string[] => textIn(checkFile(folder))?.split('\n').filter(Boolean) ?? [];

/** @throws Error naming the checks that none of the keys has */
const refuseOthers = (folder: string, keys: readonly Uint8Array[], stored: Uint8Array | undefined): void => {
  const own = keys.map(checkOf);
  const kept = stored === undefined ? [] : [checkOf(stored)];
  const missing = [...checksIn(folder), ...kept].filter((check) => !own.includes(check));
  if (missing.length === 0) return;
  const place = missing.some((check) => kept.includes(check)) ? ` (it is in ${keyFile(folder)})` : '';
  throw new Error(
    `BOXOFFICE_KEY lacks the key with the check ${[...new Set(missing)].join(', ')}, which made tickets or cards of ` +
      `${folder}: list it behind the new one${place}`,
  );
};

const note = (folder: string, newest: Uint8Array): void => {
  const check = checkOf(newest);
  if (checksIn(folder).includes(check)) return;
  appendFileSync(checkFile(folder), `${check}\n`, { mode: 0o600, flush: true });
};

const keysOf = (folder: string | undefined, given: MasterKeys | undefined): MasterKeys => {
  if (folder === undefined) {
    if (given === undefined) throw new Error('BOXOFFICE_KEY must be set where no data folder is kept');
    return given;
  }
  const stored = storedKey(folder);
  refuseOthers(folder, given ?? (stored === undefined ? [] : [stored]), stored);
  if (given === undefined && stored === undefined) makeKey(folder);
  const own = given ?? storedKey(folder);
  if (own === undefined) throw new Error(`${keyFile(folder)} is gone`);
  const keys: MasterKeys = own instanceof Uint8Array ? [own] : own;
  note(folder, keys[0]);
  return keys;
};

/**
 * The keys that were given, or else the one that the folder keeps. The folder keeps a check of each that has made something.
 * @param folder undefined where all is kept elsewhere
 * @throws Error naming the file when the key in the folder is damaged, or the check of a key that isn't given any more
 */
export const openKeys = (folder: string | undefined, given: MasterKeys | undefined): KeysFor => {
  const [newest, ...older] = keysOf(folder, given);
  return (purpose) => [derive(newest, purpose, 32), ...older.map((master) => derive(master, purpose, 32))];
};
