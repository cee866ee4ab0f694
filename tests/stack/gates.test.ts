import { expect } from 'chai';
import type { Schemas } from '../../src/infrastructure/http/client/api-client.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';

type Scan = Partial<Schemas['ScanBody']>;

describe('gates', () => {
  let platform: LocalPlatform;
  let saleId: string;
  let otherSaleId: string;

  before(async () => {
    platform = await startHere(await newFolder());
    saleId = await platform.shop.openSale({ name: 'The Last Night', timeZone: 'europe/lisbon' });
    otherSaleId = await platform.shop.openSale({ name: 'The First Morning' });
  });

  after(async () => {
    await platform.stop();
    await removeFolder(platform.folder);
  });

  const boughtTicket = async (): Promise<Schemas['Ticket']> => {
    const { shop } = platform;
    const buyer = { email: 'ana@example.com', name: 'Ana Lima' };
    const { tickets } = await shop.buy(saleId, await shop.testCard('4242424242424242'), { buyer });
    const [ticket] = tickets;
    if (ticket === undefined) throw new Error('no ticket was issued');
    return ticket;
  };

  const scan = ({ ticketId, secret = '' }: Schemas['Ticket'], own: Scan = {}) => {
    const body = { gateId: 'gate-1', saleIds: [saleId], nonce: '000001', secret, ...own };
    return platform.api.post('/v1/tickets/{ticketId}/check-ins', { params: { ticketId }, body });
  };

  const show = {
    name: 'The Last Night',
    venue: 'Old Harbour Hall',
    startsAt: '2030-05-04T19:30:00.000Z',
    timeZone: 'Europe/Lisbon',
  };

  it('tell show, holder and ticket of who passes, in and out', async () => {
    const ticket = await boughtTicket();
    const inside = await scan(ticket, { saleIds: [otherSaleId, saleId] });
    expect(inside.status).to.equal(201);
    const { ticketId, holder } = ticket;
    expect(inside.body).to.deep.include({ ticketId, status: 'inside', holder, show: { saleId, ...show } });
    const outside = await scan(ticket, { nonce: '000002', direction: 'out' });
    expect(outside.body).to.deep.include({ ticketId, status: 'issued', holder, show: { saleId, ...show } });
  });

  it('refuse a ticket of another show by its name, and let it in where it belongs', async () => {
    const ticket = await boughtTicket();
    const refused = await scan(ticket, { saleIds: [otherSaleId] });
    expect([refused.status, refused.problem.code]).to.deep.equal([409, 'other_show']);
    expect(refused.problem).to.deep.include({ show: { saleId, ...show } });
    const forged = await scan(ticket, { saleIds: [otherSaleId], secret: '1.Zm9yZ2Vk' });
    expect(forged.problem.code).to.equal('secret_unknown');
    expect(forged.problem).not.to.have.property('show');
    expect((await scan(ticket)).status).to.equal(201);
  });

  it('that send the same nonce do not let two in; one gate may send it again', async () => {
    const ticket = await boughtTicket();
    for (let time = 0; time < 2; time++) expect((await scan(ticket)).body.status).to.equal('inside');
    const second = await scan(ticket, { gateId: 'gate-2' });
    expect([second.status, second.problem.code]).to.deep.equal([409, 'already_inside']);
    const [letIn, ...others] = (await platform.eventsOf(`ticket-${ticket.ticketId}`)).filter(
      ({ type }) => type === 'TicketCheckedIn',
    );
    expect(JSON.parse(letIn?.data ?? '{}')).to.include({ gateId: 'gate-1' });
    expect(others).to.deep.equal([]);
  });

  it('let a ticket that was passed on in by its new secret, which its holder has from an operator', async () => {
    const ticket = await boughtTicket();
    const { ticketId, orderId } = ticket;
    const pass = async (to: { readonly email: string; readonly name: string }) =>
      platform.api.post('/v1/tickets/{ticketId}/transfers', { params: { ticketId }, body: { to } });
    const seen = async () => {
      const { token } = await pass({ email: 'bea@example.com', name: 'Bea' });
      const headers = token;
      const address = `/v1/tickets/${ticketId}`;
      return (await platform.operator.send<Schemas['Ticket']>('GET', address, { headers })).body;
    };
    const passed = await seen();
    expect(passed.holder.name).to.equal('Bea');
    expect((await scan(passed)).body.holder).to.deep.equal(passed.holder);
    await scan(passed, { nonce: '000002', direction: 'out' });
    const back = await pass({ email: 'ana@example.com', name: 'Ana Lima' });
    const [held] = await platform.shop.ticketsOf(orderId, back.token);
    expect((await scan({ ...ticket, ...held }, { nonce: '000003' })).status).to.equal(201);
  });

  it('need a secret, in and out; without one only the operator port lets pass', async () => {
    const ticket = await boughtTicket();
    const params = { ticketId: ticket.ticketId };
    const { secret: _, ...byHand } = { gateId: 'gate-1', saleIds: [saleId], nonce: '000001', secret: '' };
    for (const direction of ['in', 'out']) {
      const address = `/v1/tickets/${ticket.ticketId}/check-ins`;
      const refused = await platform.api.send('POST', address, { body: { ...byHand, direction } });
      expect([refused.status, refused.problem.errors?.map(({ field }) => field)]).to.deep.equal([400, ['secret']]);
    }
    const address = `/v1/tickets/${ticket.ticketId}/manual-check-ins`;
    expect((await platform.api.send('POST', address, { body: byHand })).status).to.equal(404);
    const inside = await platform.operator.send<Schemas['Admission']>('POST', address, { body: byHand });
    expect([inside.status, inside.body.show.name]).to.deep.equal([201, 'The Last Night']);
    expect((await scan(ticket, { nonce: '000002' })).problem.code).to.equal('already_inside');
    expect(params.ticketId).to.equal(inside.body.ticketId);
  });
});
