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
import { needs } from '../support/needs.js';

const run = promisify(execFile);
const source = join(dirname(dirname(bankProtoPath())), 'tests', 'stack', 'go-bank-client');

/** Minor version of Go 1: from this one on, go fetches the version that go.mod asks for by itself. */
const oldestGo = 21;

/** What keeps the client from being built here, if anything. */
const goLacks = async (): Promise<string | undefined> => {
  const version = await run('go', ['version']).catch(() => undefined);
  if (version === undefined) return 'go is needed here and is not on the path';
  const minor = Number(/go1\.(\d+)/.exec(version.stdout)?.[1]);
  return minor < oldestGo ? `go 1.${oldestGo} is needed here, and 1.${minor} is on the path` : undefined;
};

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
