import { expect } from 'chai';
import { chaos } from '../support/chaos.js';
import { describeKafka } from '../support/servers.js';

describeKafka('the platform in processes of its own, over an event store, Kafka and MongoDB', function () {
  this.timeout(600_000);

  it('each process is killed at random: events, topics, views and answers say the same', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const processes = { bank: 1, 'command-api': 2, worker: 1, 'relay,projector': 2, 'query-api': 1 };
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const seen = await chaos({ orders: 100, processes, seed, clients: 4, say }).catch((cause: unknown) => {
      console.error(`seed ${seed}`, said.join('\n'));
      throw cause;
    });
    expect(seen.findings, `seed ${seed}`).to.deep.equal([]);
    expect(seen.published).to.equal(seen.events);
    expect(Object.keys(seen.deaths)).to.have.members(['event-store', 'kafka', 'mongodb', ...Object.keys(processes)]);
    expect(seen.tickets).to.be.within(1, seen.capacity);
  });
});
