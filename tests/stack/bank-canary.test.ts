import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { GrpcBank } from '../../src/infrastructure/payments/grpc/bank-client.js';
import { serveBank } from '../../src/infrastructure/payments/grpc/bank-server.js';
import { bankOn, euros, issue, tokenFor } from '../support/bank.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

/** Where a text tells the number, or the code as a value of its own (three digits alone are in every other id). */
const tells = (text: string, { number, securityCode }: { number: string; securityCode: string }): boolean =>
  text.includes(number) || new RegExp(`(?<![0-9A-Za-z-])${securityCode}(?![0-9A-Za-z-])`).test(text);

describe('card numbers and security codes', function () {
  this.timeout(20_000);

  it('are in no event and in no byte that travels to the bank', async () => {
    const bank = bankOn();
    const server = await serveBank(bank.payments, { host: '127.0.0.1', port: 0 });
    const proxy = await startTcpProxy(server.port);
    const client = new GrpcBank({ address: `127.0.0.1:${proxy.port}` });
    const cards = [
      await issue(bank),
      { number: '378282246310005', expiryMonth: 11, expiryYear: 2031, securityCode: '9731' },
      { number: '4000000000000127', expiryMonth: 11, expiryYear: 2031, securityCode: '971' },
    ];
    try {
      expect(tells('{"securityCode":"971"}', { number: '4000', securityCode: '971' })).to.equal(true);
      for (const card of cards) {
        const call = {
          transactionId: randomUUID(),
          cardToken: tokenFor(bank, card),
          amount: euros(2_500),
          description: 'Opera',
        };
        await client.authorise(call);
        await client.capture(call);
        await client.refund({ ...call, refundId: randomUUID() });
        await client.inquire(call);
      }
    } finally {
      client.close();
      await proxy.close();
      await server.close(0);
    }
    const events = bank.store.all.map(({ stream, data, metadata }) => `${stream} ${data} ${metadata}`);
    expect(events.length).to.be.greaterThan(10);
    const wire = Buffer.concat(proxy.bytes).toString('latin1');
    expect(wire.length).to.be.greaterThan(1_000);
    for (const card of cards) {
      for (const event of events) expect(tells(event, card), event).to.equal(false);
      expect(wire.includes(card.number)).to.equal(false);
    }
  });
});
