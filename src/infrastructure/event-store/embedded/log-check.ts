import { existsSync, readFileSync } from 'node:fs';

const headerBytes = 32;
const frameHeaderBytes = 24;

interface Sums {
  readonly first: number;
  readonly second: number;
}

/** The running checksum of SQLite's write-ahead log (sqlite.org/fileformat2.html, "Checksum Algorithm"). */
const summed = (bytes: DataView, isLittle: boolean, { first, second }: Sums): Sums => {
  let [one, two] = [first, second];
  for (let at = 0; at < bytes.byteLength; at += 8) {
    one = (one + bytes.getUint32(at, isLittle) + two) >>> 0;
    two = (two + bytes.getUint32(at + 4, isLittle) + one) >>> 0;
  }
  return { first: one, second: two };
};

const sumsAt = (log: DataView, at: number): Sums => ({ first: log.getUint32(at), second: log.getUint32(at + 4) });
const areSame = (left: Sums, right: Sums): boolean => left.first === right.first && left.second === right.second;
const part = (log: DataView, from: number, length: number): DataView =>
  new DataView(log.buffer, log.byteOffset + from, length);

/**
 * Looks for damage in a database's write-ahead log, before SQLite reads it: SQLite takes the log up to the first frame
 * that doesn't fit, and drops what is behind it without a word. Behind a torn end there is one commit at most, since
 * each was made durable before the next began; where there are more, the log was changed.
 * @returns what is wrong, if anything
 */
export const problemInLog = (file: string): string | undefined => {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  if (bytes.byteLength <= headerBytes) return undefined;
  const log = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = log.getUint32(0);
  const isLittle = magic === 0x377f0682;
  let sums = summed(part(log, 0, 24), isLittle, { first: 0, second: 0 });
  if ((!isLittle && magic !== 0x377f0683) || !areSame(sums, sumsAt(log, 24))) return 'its log has a damaged header';
  const pageBytes = log.getUint32(8);
  const salts = sumsAt(log, 16);
  const frameBytes = frameHeaderBytes + pageBytes;
  let brokenFrame = 0;
  let commitsBehind = 0;
  for (let frame = 1, at = headerBytes; at + frameBytes <= bytes.byteLength; frame++, at += frameBytes) {
    const isOfThisLog = areSame(sumsAt(log, at + 8), salts);
    if (brokenFrame === 0 && isOfThisLog) {
      sums = summed(part(log, at, 8), isLittle, sums);
      sums = summed(part(log, at + frameHeaderBytes, pageBytes), isLittle, sums);
    }
    if (brokenFrame === 0 && (!isOfThisLog || !areSame(sums, sumsAt(log, at + 16)))) brokenFrame = frame;
    if (brokenFrame > 0 && isOfThisLog && log.getUint32(at + 4) !== 0) commitsBehind += 1;
  }
  return commitsBehind > 1 ? `its log is damaged in frame ${brokenFrame}, with commits behind it` : undefined;
};
