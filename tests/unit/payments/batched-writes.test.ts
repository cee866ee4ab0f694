import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import {
  converseOf,
  loadBankContract,
  maxMessageBytes,
} from '../../../src/infrastructure/payments/grpc/bank-contract.js';
import { BatchedWrites } from '../../../src/infrastructure/payments/grpc/batched-writes.js';

const { requestSerialize, requestDeserialize } = converseOf(loadBankContract());

const inquiry = (callId: number, transactionId = `t-${callId}`): Buffer =>
  requestSerialize({ calls: [{ callId, inquire: { transactionId } }] });

const idsIn = (message: Buffer): readonly (number | undefined)[] =>
  (requestDeserialize(message).calls ?? []).map(({ callId }) => callId);

/** Takes a message at a time, and says that it has left when it is told to. */
const slowStream = () => {
  const messages: Buffer[] = [];
  const callbacks: (() => void)[] = [];
  const write = (message: Buffer, _: string, callback: () => void): void => {
    messages.push(message);
    callbacks.push(callback);
  };
  const stream = new Writable({ objectMode: true, write });
  const sent = async (): Promise<void> => {
    callbacks.shift()?.();
    await nextTurn();
  };
  return { stream, messages, sent };
};

describe('calls that go out together', () => {
  it('are those of one turn, and those that come while these are written', async () => {
    const { stream, messages, sent } = slowStream();
    const counts: number[] = [];
    const writes = new BatchedWrites(stream, (count) => void counts.push(count));
    for (const id of [1, 2, 3]) writes.add(inquiry(id));
    expect(messages).to.have.length(0);
    await nextTurn();
    for (const id of [4, 5]) writes.add(inquiry(id));
    await nextTurn();
    expect(messages.map(idsIn)).to.deep.equal([[1, 2, 3]]);
    await sent();
    expect(counts).to.deep.equal([3]);
    await sent();
    writes.add(inquiry(6));
    await nextTurn();
    expect(messages.map(idsIn)).to.deep.equal([[1, 2, 3], [4, 5], [6]]);
    expect(counts).to.deep.equal([3, 2]);
  });

  it('are no larger than a message may be, and all of them go', async () => {
    const { stream, messages, sent } = slowStream();
    const writes = new BatchedWrites(stream);
    const ids = Array.from({ length: 400 }, (_, index) => index + 1);
    for (const id of ids) writes.add(inquiry(id, 'x'.repeat(100)));
    await nextTurn();
    for (let before = 0; before < messages.length; ) {
      before = messages.length;
      await sent();
    }
    expect(messages.flatMap(idsIn)).to.deep.equal(ids);
    for (const { length } of messages) expect(length).to.be.within(1, maxMessageBytes);
    expect(messages.length).to.be.lessThan(5);
  });

  it('do not hold a call that was taken back', async () => {
    const { stream, messages } = slowStream();
    const writes = new BatchedWrites(stream);
    const [kept, dropped] = [inquiry(1), inquiry(2)];
    writes.add(dropped);
    writes.add(kept);
    writes.drop(dropped);
    await nextTurn();
    expect(messages.map(idsIn)).to.deep.equal([[1]]);
  });
});
