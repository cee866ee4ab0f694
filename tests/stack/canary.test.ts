import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Reply } from '../../src/infrastructure/http/client/api-client.js';
import { type CanaryCard, filesOf, tracesIn, tracesInFolder } from '../support/card-traces.js';
import { type FieldPath, type Operation, withField } from '../support/documented-api.js';
import { newFolder, removeFolder } from '../support/platform.js';
import { addressOf, RouteWalk, type Step } from '../support/route-walk.js';
import { ServerProcess } from '../support/server-process.js';

/** Passes Luhn, and is none of the bank's test cards. */
const typedCard = { number: '371449635398431', expiryMonth: 11, expiryYear: 2031, securityCode: '9713' };
const { number, securityCode } = typedCard;

/** The one field where a card number belongs. */
const belongs = ({ operationId }: Operation, field: FieldPath): boolean =>
  operationId === 'tokeniseCard' && field.join('.') === 'number';

/** The number alone, with what stands beside it on a card, in groups, as a number, and in other digits. */
const disguises: readonly unknown[] = [
  number,
  `${number} ${securityCode} 11/31`,
  number.replace(/(\d{4})(\d{6})(\d{5})/, '$1 $2-$3'),
  Number(number),
  `Ana ${number.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))}`,
];

const refused = (what: string, { status, text }: Reply<unknown>): void => {
  expect(status, `${what}: ${text}`).to.be.within(400, 499);
  expect(tracesIn(Buffer.from(text), [typedCard]), what).to.deep.equal([]);
};

/** What of a good request is put in another's place. */
interface Asked {
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a canary into each field, parameter and header of a route. */
class Sender {
  sent = 0;

  constructor(
    private readonly walk: RouteWalk,
    private readonly operation: Operation,
    private readonly good: Step,
  ) {}

  async all(): Promise<void> {
    await this.#body();
    await this.#address();
    await this.#headers();
  }

  async #body(): Promise<void> {
    const { method, body: schema } = this.operation;
    if (method === 'GET') return;
    const fields = schema === undefined ? [] : this.walk.documented.fieldsOf(schema);
    for (const field of fields) {
      if (belongs(this.operation, field)) continue;
      for (const value of disguises) await this.#refused({ body: withField(this.good.body, field, value) }, field);
    }
    const strange = [
      { [number]: 1 },
      { pan: number },
      { securityCode, cvv: securityCode, cvc: Number(securityCode) },
      { card: typedCard },
      { a: { b: [[number]] } },
      typedCard,
    ];
    for (const extra of strange) await this.#refused({ body: { holder: 'x', ...this.good.body, ...extra, x: 1 } });
    const broken = ['{"number":"', `"${number}"`, `[${number},{"securityCode":"${securityCode}"`];
    for (const text of broken) await this.#raw(`${text}${number} ${securityCode}`, 'application/json');
    await this.#raw(`number=${number}&cvv=${securityCode}`, 'application/x-www-form-urlencoded');
    await this.#raw(`${number} ${securityCode} `.repeat(26_000), 'application/json');
    await this.#raw(Buffer.from(`"${number}\xff${securityCode}"`, 'latin1'), 'application/json');
  }

  async #address(): Promise<void> {
    const { params } = this.good;
    const query = this.operation.parameters.filter((parameter) => parameter.in === 'query');
    for (const name of [...query.map((parameter) => parameter.name), 'card', number]) {
      const search = new URLSearchParams({ [name]: `${number}`, securityCode });
      await this.#refused({ search: `?${search}` }, [name]);
    }
    for (const name of Object.keys(params)) {
      for (const value of [number, `${number}-${securityCode}`]) {
        await this.#refused({ params: { ...params, [name]: value } }, [name]);
      }
    }
  }

  /** Headers that mean nothing here are let pass: they only must not be kept. */
  async #headers(): Promise<void> {
    const own = this.operation.parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
    const others = ['If-Match', 'If-None-Match', 'Consistency-Token', 'Idempotency-Key', 'Traceparent', 'Tracestate'];
    const always = [
      'User-Agent',
      'Cookie',
      'Authorization',
      'Referer',
      'X-Request-Id',
      'Accept',
      'Content-Type',
      'Baggage',
    ];
    for (const name of new Set([...own, ...others, ...always])) {
      for (const value of this.#valuesOf(name)) {
        const { status, text } = await this.#send({ headers: { [name]: value } });
        expect(status, `${this.operation.operationId} ${name}`).to.be.below(500);
        if (this.operation.operationId !== 'issueCard') {
          expect(tracesIn(Buffer.from(text), [typedCard]), name).to.deep.equal([]);
        }
      }
    }
  }

  #valuesOf(name: string): readonly string[] {
    const hex = number.padEnd(32, 'a');
    if (name === 'Traceparent') return [`00-${hex}-b7ad6b7169203331-01`, `${number}-${securityCode}`];
    if (name === 'Consistency-Token') {
      return [number, Buffer.from(JSON.stringify([[0, `${number} ${securityCode}`]])).toString('base64url')];
    }
    if (name.startsWith('If-')) return [number, `"${number}"`];
    if (name === 'Idempotency-Key') return [number, `${number}-${securityCode}`];
    return [`securityCode=${securityCode}; pan=${number}`];
  }

  async #refused(asked: Asked, field: FieldPath = []): Promise<void> {
    refused(`${this.operation.operationId} ${field.join('.')}`, await this.#send(asked));
  }

  #send({
    body = this.good.body,
    params = this.good.params,
    search = '',
    headers = {},
  }: Asked): Promise<Reply<unknown>> {
    this.sent += 1;
    const { method } = this.operation;
    const address = addressOf(this.operation, params) + search;
    return this.walk.api.send(method, address, { headers, ...(body !== undefined && method !== 'GET' && { body }) });
  }

  async #raw(body: string | Buffer, contentType: string): Promise<void> {
    this.sent += 1;
    const response = await fetch(new URL(addressOf(this.operation, this.good.params), this.walk.api.url), {
      method: this.operation.method,
      headers: { 'Content-Type': contentType, 'Idempotency-Key': randomUUID() },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    expect(response.status, this.operation.operationId).to.be.within(400, 499);
    expect(tracesIn(Buffer.from(await response.text()), [typedCard])).to.deep.equal([]);
  }
}

describe('card numbers, security codes and tokens in a running platform', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(async () => {
    folder = await newFolder();
  });

  afterEach(() => removeFolder(folder));

  it('the search finds each form of them', async () => {
    const token = `tok_${'aB3-'.repeat(60)}`;
    const forms: readonly (string | Buffer)[] = [
      `{"cardToken":"${token}"}`,
      token.slice(4),
      Buffer.from(token).toString('hex'),
      Buffer.from(`a${token}.`).toString('base64'),
      number,
      `x${number}x`,
      '3714 4963 5398 431',
      Buffer.from(number, 'utf16le'),
      Buffer.from(number, 'utf16le').swap16(),
      ...['', 'a', 'ab'].map((before) => Buffer.from(`${before}${number}.`).toString('base64url')),
      Buffer.from(`ab${number}.`, 'utf16le').toString('base64'),
      Buffer.from(number).toString('hex').toUpperCase(),
      [...number].map((digit) => `%3${digit}`).join(''),
      Buffer.from(`0${number}`, 'hex'),
      Buffer.from(new BigUint64Array([BigInt(number)]).buffer),
      Buffer.from(new Float64Array([Number(number)]).buffer),
      `{"securityCode":"${securityCode}"}`,
      `{"securityCode":${securityCode}}`,
      Buffer.from(`"${securityCode}"`, 'utf16le'),
    ];
    await mkdir(join(folder, 'inner'));
    for (const [index, form] of forms.entries()) {
      const bytes = Buffer.concat([Buffer.alloc(3), Buffer.from(form), Buffer.alloc(3)]);
      await writeFile(join(folder, 'inner', 'a'), bytes);
      expect(await tracesInFolder(folder, [{ ...typedCard, tokens: [token] }]), `form ${index}`).to.not.deep.equal([]);
    }
    await writeFile(join(folder, 'inner', 'a'), `1.${securityCode} 19713 ${randomUUID()} ${Number(number) + 1}`);
    expect(await tracesInFolder(folder, [typedCard])).to.deep.equal([]);
  });

  it('are in no file and no line, wherever they were sent', async () => {
    const server = await ServerProcess.start(folder, { settings: { BOXOFFICE_LOG_LEVEL: 'trace' } });
    const cards: CanaryCard[] = [typedCard];
    let sent = 0;
    try {
      const walk = await RouteWalk.over(server.ready.url);
      cards.push(await paidWithIssuedCard(server));
      cards.push(await declinedWithTypedCard(server));
      const senders = walk.documented.operations.map(
        (operation) => new Sender(walk, operation, walk.goodRequest(operation)),
      );
      await Promise.all(senders.map((sender) => sender.all()));
      sent = senders.reduce((total, sender) => total + sender.sent, 0);
      await outsideOfRoutes(server);
    } finally {
      await server.stop();
    }
    expect(sent).to.be.above(800);
    expect((await filesOf(folder)).length).to.be.above(3);
    expect(server.output).to.include('"msg":"request"').and.include('"msg":"stopped"');
    expect(tracesIn(Buffer.from(server.output), cards)).to.deep.equal([]);
    expect(await tracesInFolder(folder, cards)).to.deep.equal([]);
  });

  /** A card of the bank whose code begins with 0, so that it is no count, position or status that a log may tell. */
  const paidWithIssuedCard = async ({ shop, api }: ServerProcess): Promise<CanaryCard> => {
    const limit = { amountMinor: 100_000, currency: 'EUR' };
    const body = { holder: 'Ana Lima', limit };
    let card = (await api.post('/bank/v1/cards', { body })).body;
    while (!card.securityCode.startsWith('0')) card = (await api.post('/bank/v1/cards', { body })).body;
    const { number, expiryMonth, expiryYear, securityCode } = card;
    const typed = { number, expiryMonth, expiryYear, securityCode };
    const { token } = (await api.post('/bank/v1/tokens', { body: typed })).body;
    expect((await shop.buy(await shop.openSale(), token)).order.status).to.equal('fulfilled');
    return { number, securityCode, tokens: [token] };
  };

  const declinedWithTypedCard = async ({ shop }: ServerProcess): Promise<CanaryCard> => {
    const { token } = (await shop.tokenise(number, typedCard)).body;
    const { orderId } = (await shop.order(await shop.openSale())).body;
    expect((await shop.pay(orderId, token)).problem).to.include({ code: 'card_declined' });
    return { number, securityCode, tokens: [token] };
  };

  /** Addresses and requests that no route knows, and one that isn't HTTP. */
  const outsideOfRoutes = async (server: ServerProcess): Promise<void> => {
    const search = `?number=${number}&securityCode=${securityCode}`;
    for (const api of [server.api, server.operator]) {
      for (const path of [`/${number}`, `/v1/${number}/${securityCode}`, '/livez', '/readyz', '/v1/needs-human']) {
        const { status } = await api.send('GET', path + search, { headers: { Cookie: `pan=${number}` } });
        expect(status, path).to.be.below(500);
      }
      const { hostname, port } = new URL(api.url);
      const broken = request({ hostname, port, method: 'POST', path: `/v1/sales?${number}`, insecureHTTPParser: true });
      broken.setHeader('Content-Length', '5');
      broken.write(`${number} ${securityCode}`);
      await new Promise((resolve) => broken.once('error', resolve).once('response', resolve));
      broken.destroy();
    }
  };
});
