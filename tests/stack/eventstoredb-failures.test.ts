import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  beginning,
  OutcomeUnknown,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../src/application/ports/event-store.js';
import { EventStoreDbEventStore } from '../../src/infrastructure/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreProcess } from '../support/event-store-process.js';
import { failureOf } from '../support/failure-of.js';
import { needs } from '../support/needs.js';
import { idsOf, many } from '../support/store-case.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { newEvent } from '../support/temp-store.js';
import { until } from '../support/until.js';

const run = promisify(execFile);

/** Short, so that what hangs is found while the test runs. */
const deadlineMs = 1_500;

describe('EventStoreDB adapter, when things fail', () => {
  let server: EventStoreProcess;
  let proxy: TcpProxy;
  let store: EventStoreDbEventStore;
  /** On the server itself. */
  let direct: EventStoreDbEventStore;
  let disturbances: unknown[];

  beforeEach(async () => {
    server = await EventStoreProcess.start();
    proxy = await startTcpProxy(server.port);
    disturbances = [];
    store = EventStoreDbEventStore.connect(`esdb://127.0.0.1:${proxy.port}?tls=false`, {
      deadlineMs,
      onDisturbed: (reason) => disturbances.push(reason),
    });
    direct = EventStoreDbEventStore.connect(server.url);
  });
  afterEach(async () => {
    await store.close();
    await direct.close();
    await proxy.close();
    await server.dispose();
  });

  /** Reads a subscription in the background until the end. */
  const follow = () => {
    const ending = new AbortController();
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { events } of store.subscribe(beginning, { signal: ending.signal })) ids.push(...idsOf(events));
    })();
    const end = async (): Promise<void> => {
      ending.abort();
      await reading;
    };
    return { ids, end };
  };

  it('refuses at once while there is no server, and goes on when it is back', async () => {
    await store.append('sale-1', many(1), 'no-stream');
    await server.kill();
    await until(
      'it is refused',
      async () => (await failureOf(store.append('sale-2', many(1), 'no-stream'))) instanceof StoreUnavailable,
    );
    const startedAt = performance.now();
    expect(await failureOf(store.append('sale-2', many(1), 'no-stream'))).to.be.instanceOf(StoreUnavailable);
    expect(performance.now() - startedAt, 'ms to refuse').to.be.lessThan(deadlineMs);
    expect(await failureOf(store.read('sale-1'))).to.be.instanceOf(StoreUnavailable);
    expect(await failureOf(store.head())).to.be.instanceOf(StoreUnavailable);
    await server.restart();
    await until(
      'it appends again',
      async () => (await failureOf(store.append('sale-2', many(1), 'no-stream'))) === undefined,
    );
    expect(await store.read('sale-1')).to.have.length(1);
  });

  it('settles an append whose answer was lost by what stands in the stream', async () => {
    const { revision } = await store.append('sale-1', many(1), 'no-stream');
    for (let turn = 0; turn < 3; turn++) {
      const events = many(2);
      const expected = revision + BigInt(2 * turn);
      // It gets through, and the answer doesn't.
      proxy.dropAnswers();
      const appending = store.append('sale-1', events, expected);
      await until('it is kept', async () => (await direct.read('sale-1')).length === Number(expected) + 3);
      proxy.cut();
      const [last] = await direct.read('sale-1', { direction: 'backwards', limit: 1 });
      expect(await appending).to.deep.equal({ revision: last?.revision, position: last?.position });
    }
    expect(await direct.read('sale-1')).to.have.length(7);
  });

  it('tells an append without an answer that another has won', async () => {
    await store.append('sale-1', many(1), 'no-stream');
    proxy.hang();
    const appending = failureOf(store.append('sale-1', many(1), 0n));
    await direct.append('sale-1', many(1), 0n);
    proxy.cut();
    proxy.flow();
    expect(await appending)
      .to.be.instanceOf(WrongExpectedRevision)
      .and.deep.include({ actual: 1n });
  });

  it('does not know while nothing of an append is there, and the same ids settle it', async () => {
    await store.append('sale-1', many(1), 'no-stream');
    const events = many(2);
    server.freeze();
    expect(await failureOf(store.append('sale-1', events, 0n))).to.be.instanceOf(OutcomeUnknown);
    expect(await failureOf(store.read('sale-1'))).to.be.instanceOf(StoreUnavailable);
    server.thaw();
    let answer: unknown;
    await until('it is settled', async () => {
      answer = await store.append('sale-1', events, 0n);
      return true;
    });
    const [last] = await store.read('sale-1', { direction: 'backwards', limit: 1 });
    expect(answer).to.deep.equal({ revision: 2n, position: last?.position });
    expect(await store.read('sale-1')).to.have.length(3);
  });

  it('leaves a connection that is half open', async () => {
    const subscriber = follow();
    await store.append('sale-1', many(1), 'no-stream');
    await until('it subscribes', () => subscriber.ids.length === 1);
    proxy.holdOpen();
    const event = newEvent();
    await direct.append('sale-1', [event], 0n);
    await until('calls go through again', async () => (await store.read('sale-1')).length === 2);
    await until('the subscription goes on', () => subscriber.ids.includes(event.id));
    expect(disturbances.length).to.be.at.least(1);
    await subscriber.end();
  });

  it('goes on with a subscription over restarts of the server, nothing left out or doubled', async () => {
    const subscriber = follow();
    const written: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const events = many(20);
      await until('it appends', async () => {
        await store.append(`sale-${turn}`, events, 'no-stream');
        return true;
      });
      written.push(...idsOf(events));
      await (turn % 2 === 0 ? server.kill() : server.stop());
      await server.restart();
    }
    await until('it has all', () => subscriber.ids.length >= written.length);
    expect(subscriber.ids).to.deep.equal(written);
    await subscriber.end();
  });

  it('goes on with a subscription when a frozen server wakes up', async () => {
    const subscriber = follow();
    const first = newEvent();
    await store.append('sale-1', [first], 'no-stream');
    await until('it subscribes', () => subscriber.ids.length === 1);
    server.freeze();
    await until('it is noticed', () => disturbances.length > 0);
    server.thaw();
    const second = newEvent();
    await until('it appends', async () => {
      await store.append('sale-1', [second], 0n);
      return true;
    });
    await until('it goes on', () => subscriber.ids.length === 2);
    expect(subscriber.ids).to.deep.equal([first.id, second.id]);
    await subscriber.end();
  });

  it('bounds what is in flight, and refuses what would wait too long or with too many', async () => {
    const narrow = EventStoreDbEventStore.connect(server.url, { deadlineMs, maxInFlight: 2, maxWaiting: 3 });
    await narrow.append('sale-1', many(1), 'no-stream');
    server.freeze();
    const attempts = Array.from({ length: 6 }, (_, n) =>
      failureOf(narrow.append(`sale-${n + 2}`, many(1), 'no-stream')),
    );
    const refused = await attempts[5];
    expect(refused).to.be.instanceOf(StoreUnavailable).and.have.property('message').that.includes('3 appends wait');
    const failures = await Promise.all(attempts);
    const names = failures.map((failure) => failure instanceof Error && failure.name);
    expect(names.slice(0, 2)).to.deep.equal(['OutcomeUnknown', 'OutcomeUnknown']);
    expect(names.slice(2)).to.deep.equal(Array(4).fill('StoreUnavailable'));
    server.thaw();
    await narrow.close();
  });

  it('refuses more bytes than one append may have, by their number', async () => {
    const event = newEvent('PlacesHeld', JSON.stringify('x'.repeat(1024 * 1024)));
    expect(await failureOf(store.append('sale-1', [event], 'no-stream'))).to.be.instanceOf(RangeError);
    const unaware = EventStoreDbEventStore.connect(server.url, { maxAppendBytes: 10 * 1024 * 1024 });
    const refusal = await failureOf(unaware.append('sale-1', [event], 'no-stream'));
    expect(refusal)
      .to.be.instanceOf(StoreUnavailable)
      .and.have.property('message')
      .that.includes('MaximumAppendSizeExceeded');
    expect(await store.read('sale-1')).to.deep.equal([]);
    await unaware.close();
  });

  it('appends more at once on a fresh connection than it has streams, where it is let', async () => {
    const wide = EventStoreDbEventStore.connect(server.url, { maxInFlight: 400, deadlineMs: 30_000 });
    const streams = Array.from({ length: 400 }, (_, n) => `sale-${n}`);
    const answers = await Promise.all(streams.map((stream) => wide.append(stream, many(1), 'no-stream')));
    expect(new Set(answers.map(({ position }) => position)).size).to.equal(400);
    await wide.close();
  });

  it('finds the leader by gossip', async () => {
    const found = EventStoreDbEventStore.connect(`esdb+discover://127.0.0.1:${server.port}?tls=false`, { deadlineMs });
    await found.append('sale-1', many(1), 'no-stream');
    expect(await found.read('sale-1')).to.have.length(1);
    await found.close();
  });

  it('refuses within its deadline while no member of a cluster answers', async () => {
    server.freeze();
    const lost = EventStoreDbEventStore.connect(`esdb+discover://127.0.0.1:${server.port}?tls=false`, { deadlineMs });
    expect(await failureOf(lost.append('sale-1', many(1), 'no-stream'))).to.be.instanceOf(StoreUnavailable);
    expect(await failureOf(lost.read('sale-1'))).to.be.instanceOf(StoreUnavailable);
    await lost.close();
    server.thaw();
  });

  it('refuses positions that no store of its kind gave out', async () => {
    const position = '0000000000000001' as Awaited<ReturnType<typeof store.head>>;
    await store.append('sale-1', many(1), 'no-stream');
    expect(await failureOf(store.readAll(position))).to.be.instanceOf(RangeError);
    expect(() => store.subscribe(position, { signal: AbortSignal.abort() })).to.throw(RangeError);
  });

  it('speaks TLS, as the connection string says', async function () {
    const openssl = await run('openssl', ['version']).then(
      () => undefined,
      () => 'openssl is needed here and is not on the path',
    );
    needs(this, openssl, 'TLS to the event store');
    const [key, cert] = [join(server.folder, 'key.pem'), join(server.folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await run('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert]);
    const options = { key: await readFile(key), cert: await readFile(cert), ALPNProtocols: ['h2'] };
    const front = createServer(options, (client) => {
      const upstream = connect(server.port, '127.0.0.1');
      client.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => client.destroy()).pipe(client);
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    const secure = EventStoreDbEventStore.connect(`esdb://admin:changeit@localhost:${port}?tlsCAFile=${cert}`);
    await secure.append('sale-1', many(1), 'no-stream');
    expect(await secure.read('sale-1')).to.have.length(1);
    const distrustful = EventStoreDbEventStore.connect(`esdb://localhost:${port}`, { deadlineMs });
    expect(await failureOf(distrustful.read('sale-1'))).to.be.instanceOf(StoreUnavailable);
    await secure.close();
    await distrustful.close();
    front.close();
  });
});
