import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { newFolder, removeFolder } from '../support/platform.js';
import { ServerProcess } from '../support/server-process.js';

const program = fileURLToPath(new URL('../support/hanging-server.js', import.meta.url));

describe('a process of which something does not end', () => {
  it('ends all the same, says so, and has lost nothing', async function () {
    this.timeout(60_000);
    const folder = await newFolder();
    const server = await ServerProcess.start(folder, { program });
    const saleId = await server.shop.openSale();
    expect(await server.stop()).to.equal(1);
    expect(server.output).to.include('the shutdown takes too long');
    const next = await ServerProcess.start(folder);
    expect((await next.api.get('/v1/sales/{saleId}', { params: { saleId } })).status).to.equal(200);
    expect(await next.stop()).to.equal(0);
    await removeFolder(folder);
  });
});
