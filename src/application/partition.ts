/**
 * The partition of a stream: 32-bit FNV-1a over the UTF-8 bytes of its id, stirred by the finisher of MurmurHash3, since
 * FNV's low bits alone spread short ids unevenly; modulo the partition count. Producers, consistency tokens and rebuilds
 * must all agree on it: it never changes for an installation.
 */
export const partitionOf = (stream: string, partitions: number): number => {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(stream, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
};
