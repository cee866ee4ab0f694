import { expect } from 'chai';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import { allRoles, type Role } from '../../src/main/roles.js';
import { read, tableRows } from '../support/checkout.js';
import { PlatformInTurns } from '../support/platform.js';
import { Shop } from '../support/shop.js';

/** Nobody listens there. */
const noBank = '127.0.0.1:9';

type Outcome = 'yes' | 'no' | 'later' | 'old';

const ofCommand = ({ status }: Reply<unknown>): Outcome => (status === 202 ? 'later' : status < 300 ? 'yes' : 'no');

/** Read without a token and with the one of the last write, if there was one. */
const ofRead = async (shop: Shop, path: string, written: Reply<unknown>): Promise<Outcome> => {
  if ((await shop.api.send('GET', path)).status !== 200) return 'no';
  return (await shop.api.send('GET', path, { headers: written.token })).status === 200 ? 'yes' : 'old';
};

describe('docs/failures.md (OPS-11)', () => {
  const rows = tableRows(read('docs/failures.md')).filter(([name]) => name?.startsWith('`'));
  let ground: PlatformInTurns;

  beforeEach(async () => {
    ground = await PlatformInTurns.open();
  });

  afterEach(() => ground.remove());

  const start = (away?: Role): Promise<Shop> => {
    const own = away === 'bank' ? { BOXOFFICE_BANK: noBank, BOXOFFICE_BANK_DEADLINE_MS: '300' } : {};
    return ground.start(
      allRoles.filter((role) => role !== away),
      own,
    );
  };

  it('has a row for each role', () => {
    expect(rows.map(([role]) => role)).to.deep.equal(allRoles.map((role) => `\`${role}\``));
  });

  for (const role of allRoles) {
    it(`says what works without ${role}`, async () => {
      let shop = await start();
      const saleId = await shop.openSale();
      const card = await shop.issueCard();
      const { orderId } = (await shop.order(saleId)).body;
      const other = (await shop.order(saleId)).body.orderId;
      shop = await start(role);
      const hold = await shop.order(saleId);
      const payment = await shop.pay(orderId, card.token);
      const cancel = await shop.api.post('/v1/orders/{orderId}/cancel', { params: { orderId: other } });
      const seen: readonly Outcome[] = [
        ofCommand(hold),
        ofCommand(payment),
        ofCommand(cancel),
        await ofRead(shop, `/v1/sales/${saleId}`, cancel),
        await ofRead(shop, `/v1/cards/${card.cardId}/statement`, payment),
      ];
      const said = rows.find(([name]) => name === `\`${role}\``)?.slice(1);
      expect(said).to.deep.equal(seen);
    });
  }
});
