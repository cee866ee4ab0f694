import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { tickets } from '../../src/projections/ticketing/tickets.js';
import { ReadSide } from '../support/read-side.js';
import { tempFolder } from '../support/temp-store.js';

const writers = 10;
const eventsOfAWriter = 200;
const holder = { email: 'ada@example.com', name: 'Ada Byron' };

describe('views', () => {
  it('keep up with writers: the last event is seen soon after it is kept, as time was needed to write them all', async function () {
    this.timeout(60_000);
    const folder = await tempFolder();
    const side = await ReadSide.open(folder);
    try {
      side.join();
      const write = async (writer: number): Promise<void> => {
        for (let number = 0; number < eventsOfAWriter; number++) {
          const ticketId = `${writer}-${number}`;
          const data = { ticketId, saleId: 's', orderId: 'o', holder, issuedAt: 1 };
          await side.append(`ticket-${ticketId}`, { type: 'TicketIssued', data });
        }
      };
      const begun = performance.now();
      await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
      const written = performance.now();
      await side.caughtUp();
      const seen = performance.now();
      const found = await side.views.find(tickets, 'tickets', { limit: writers * eventsOfAWriter + 1 });
      expect(found).to.have.length(writers * eventsOfAWriter);
      expect((seen - written) / (written - begun), 'time to see by time to write').to.be.below(1);
    } finally {
      await side.close();
      await rm(folder, { recursive: true });
    }
  });
});
