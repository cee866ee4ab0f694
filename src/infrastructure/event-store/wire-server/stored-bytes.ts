import { isUtf8 } from 'node:buffer';

/** What a client sends of an event, besides its id and type. */
export interface EventBytes {
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** As the engine keeps it: text. */
export interface StoredText {
  readonly data: string;
  readonly metadata: string;
}

/** Begins the metadata of an event that isn't kept as plain text: no JSON text can begin so. */
const marker = '\u0001';

const bytesOf = (array: Uint8Array): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

const isPlain = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

/** JSON is kept as it came, so that the file is one that the embedded engine writes; anything else as base64 behind a mark. */
export const toStored = ({ isJson, data, metadata }: EventBytes): StoredText => {
  const [dataBytes, metadataBytes] = [bytesOf(data), bytesOf(metadata)];
  if (isJson && isPlain(dataBytes) && isPlain(metadataBytes) && metadataBytes[0] !== 1) {
    return { data: dataBytes.toString(), metadata: metadataBytes.toString() };
  }
  const kind = isJson ? 'j' : 'o';
  return { data: dataBytes.toString('base64'), metadata: `${marker}${kind}${metadataBytes.toString('base64')}` };
};

export const fromStored = ({ data, metadata }: StoredText): EventBytes =>
  metadata.startsWith(marker)
    ? {
        isJson: metadata[1] === 'j',
        data: Buffer.from(data, 'base64'),
        metadata: Buffer.from(metadata.slice(2), 'base64'),
      }
    : { isJson: true, data: Buffer.from(data), metadata: Buffer.from(metadata) };
