import { hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One key for each purpose, all from one master key (HKDF, RFC 5869). */
export type KeyFor = (purpose: 'bank' | 'tickets' | 'idempotency' | 'cursors') => Uint8Array;

const keyFile = (folder: string): string => join(folder, 'master.key');

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

const storedKey = (folder: string): Uint8Array => {
  try {
    return Buffer.from(readFileSync(keyFile(folder), 'utf8').trim(), 'hex');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    makeKey(folder);
    return Buffer.from(readFileSync(keyFile(folder), 'utf8').trim(), 'hex');
  }
};

/** @throws Error naming the file when the key in the folder is damaged */
export const openKeys = (folder: string, given: Uint8Array | undefined): KeyFor => {
  const master = given ?? storedKey(folder);
  if (master.length !== 32) throw new Error(`${keyFile(folder)} holds no key of 32 bytes`);
  return (purpose) => new Uint8Array(hkdfSync('sha256', master, '', `boxoffice ${purpose}`, 32));
};
