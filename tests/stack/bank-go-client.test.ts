import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { bankProtoPath } from '../../src/infrastructure/payments/grpc/bank-contract.js';
import { serveBank } from '../../src/infrastructure/payments/grpc/bank-server.js';
import { accountOf, bankOn, issue, tokenFor } from '../support/bank.js';
import { goLacks } from '../support/go.js';
import { needs } from '../support/needs.js';

const run = promisify(execFile);
const source = join(dirname(dirname(bankProtoPath())), 'tests', 'stack', 'go-bank-client');

describe('a client in Go made from bank.proto (PAY-46)', function () {
  // The first build compiles gRPC itself.
  this.timeout(300_000);

  it('is generated from the .proto of today', async () => {
    const today = createHash('sha256')
      .update(await readFile(bankProtoPath()))
      .digest('hex');
    const generated = await readFile(join(source, 'bankpb', 'bank.proto.sha256'), 'utf8');
    expect(generated.trim(), 'run tests/stack/go-bank-client/generate.sh').to.equal(today);
  });

  it('pays once', async function () {
    needs(this, await goLacks(), 'the client in Go');
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-go-'));
    const bank = bankOn();
    const server = await serveBank(bank.payments, { host: '127.0.0.1', port: 0 });
    try {
      const client = join(folder, 'bank-client');
      await run('go', ['build', '-o', client, '.'], { cwd: source });
      const issued = await issue(bank);
      const { stdout } = await run(client, [
        `-address=127.0.0.1:${server.port}`,
        `-token=${tokenFor(bank, issued)}`,
        `-transaction=${randomUUID()}`,
        '-amount-minor=2501',
      ]);
      const { cardId } = issued;
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).to.deep.equal([
        { call: 'authorise', status: 'authorised', cardId },
        { call: 'capture', status: 'captured', cardId },
        { call: 'inquire', status: 'captured', cardId },
      ]);
      expect(accountOf(bank, cardId).balanceMinor).to.equal(-2_501);
      expect(bank.store.typesOf(`card-${cardId}`)).to.deep.equal(['CardIssued', 'AmountReserved', 'AmountBooked']);
    } finally {
      await server.close(0);
      await rm(folder, { recursive: true });
    }
  });
});
