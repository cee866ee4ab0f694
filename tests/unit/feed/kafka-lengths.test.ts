import { createRequire } from 'node:module';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import '../../../src/infrastructure/feed/kafka/kafka-client.js';

const requireOwn = createRequire(import.meta.url);
const Encoder = requireOwn('kafkajs/src/protocol/encoder');
const Decoder = requireOwn('kafkajs/src/protocol/decoder');

describe('lengths as kafkajs writes them', () => {
  it('are read as what they were', () => {
    const lengths = [-1, 0, 1, 63, 64, 127, 128, 8_191, 8_192, 1_048_576, 2 ** 31 - 1, -(2 ** 31)];
    const encoder = new Encoder(1);
    for (const length of lengths) encoder.writeVarInt(length);
    const decoder = new Decoder(encoder.buffer);
    expect(lengths.map(() => decoder.readVarInt())).to.deep.equal(lengths);
  });

  it('take as many bytes as kafkajs counts', () => {
    for (const length of [-1, 0, 63, 64, 8_191, 8_192, 2 ** 31 - 1]) {
      expect(new Encoder().writeVarInt(length).size()).to.equal(Encoder.sizeOfVarInt(length));
    }
  });
});
