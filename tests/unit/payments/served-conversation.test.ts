import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { converseOf, loadBankContract } from '../../../src/infrastructure/payments/grpc/bank-contract.js';
import { BankService } from '../../../src/infrastructure/payments/grpc/bank-service.js';
import { ServedConversation } from '../../../src/infrastructure/payments/grpc/served-conversation.js';
import { bankOn } from '../../support/bank.js';
import { until } from '../../support/until.js';

const { responseSerialize, responseDeserialize } = converseOf(loadBankContract());

/** A stream whose answers leave only when somebody reads: `read` takes the message that waits. */
const unreadStream = () => {
  const waiting: (() => void)[] = [];
  const answers: (number | undefined)[] = [];
  const stream = new Duplex({
    objectMode: true,
    read: () => undefined,
    write: (message: Buffer, _, callback) => {
      for (const { callId } of responseDeserialize(message).answers ?? []) answers.push(callId);
      waiting.push(callback);
    },
  });
  return { stream, answers, read: () => waiting.shift()?.() };
};

describe('a conversation that the bank serves', () => {
  it('reads no further than 1,000 calls whose answers nobody reads, and the rest once somebody does', async () => {
    const heard: string[] = [];
    const service = new BankService(bankOn().payments, { onCall: (method) => void heard.push(method) });
    const { stream, answers, read } = unreadStream();
    new ServedConversation(stream, service, responseSerialize);
    const ids = Array.from({ length: 2_500 }, (_, index) => index + 1);
    for (const callId of ids) stream.push({ calls: [{ callId, request: 'inquire', inquire: { transactionId: 't' } }] });
    await until('1,000 are answered', () => heard.length >= 1_000);
    for (let turn = 0; turn < 100; turn++) await nextTurn();
    expect(heard).to.have.length(1_000);
    await until('all are answered', () => {
      read();
      return answers.length === ids.length;
    });
    expect(new Set(answers).size).to.equal(ids.length);
  });
});
