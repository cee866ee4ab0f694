import { expect } from 'chai';
import { parseJson } from '../../../../src/infrastructure/http/input/json-body.js';
import { post, problemIn, sendRaw } from '../../../support/http-requests.js';
import { goodSale, type Sample, saleId, startSample } from '../../../support/http-sample.js';

const card = '4242424242424242';
const json = JSON.stringify;
const sale = (changes: object): string => json({ ...goodSale, ...changes });
const price = (amountMinor: string): string => json(goodSale).replace('1250', amountMinor);
const nested = (depth: number): string => `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`;

interface BadBody {
  readonly name: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly field: string;
  readonly code: string;
}

const badBodies: readonly BadBody[] = [
  { name: 'a number for a name', body: sale({ name: 5 }), field: 'name', code: 'is_name' },
  { name: 'an object for a name', body: sale({ name: { length: 3 } }), field: 'name', code: 'is_name' },
  { name: 'a list for a name', body: sale({ name: ['a'] }), field: 'name', code: 'is_name' },
  { name: 'null for a name', body: sale({ name: null }), field: 'name', code: 'is_name' },
  { name: 'null for what may be left out', body: sale({ quantity: null }), field: 'quantity', code: 'is_whole_number' },
  { name: 'no name', body: sale({ name: undefined }), field: 'name', code: 'required' },
  { name: 'a name of spaces', body: sale({ name: '   ' }), field: 'name', code: 'is_name' },
  { name: 'a name too long', body: sale({ name: 'n'.repeat(41) }), field: 'name', code: 'is_name' },
  { name: 'control characters', body: sale({ name: 'a\u0007b' }), field: 'name', code: 'is_name' },
  { name: 'NUL', body: sale({ name: 'a\0b' }), field: 'name', code: 'nul_refused' },
  { name: 'a lone surrogate', body: price('1').replace('Evening', 'E\\ud800'), field: 'name', code: 'lone_surrogate' },
  { name: 'NUL in a key', body: sale({ price: { 'a\0': 1 } }), field: 'price', code: 'nul_refused' },
  { name: 'a lone surrogate in a key', body: '{"price":{"\\udc00":1}}', field: 'price', code: 'lone_surrogate' },
  { name: 'a fraction of money', body: price('12.5'), field: 'price.amountMinor', code: 'is_whole_number' },
  {
    name: 'a fraction too fine to be kept',
    body: price('0.99999999999999999999'),
    field: 'price.amountMinor',
    code: 'not_representable',
  },
  { name: 'money below zero', body: price('-1'), field: 'price.amountMinor', code: 'is_whole_number' },
  { name: 'money as text', body: price('"1250"'), field: 'price.amountMinor', code: 'is_whole_number' },
  { name: 'money past safe', body: price('9007199254740993'), field: 'price.amountMinor', code: 'is_whole_number' },
  { name: 'infinite money', body: price('1e999'), field: 'price.amountMinor', code: 'not_representable' },
  {
    name: 'a currency that is none',
    body: sale({ price: { amountMinor: 1, currency: 'EUX' } }),
    field: 'price.currency',
    code: 'is_currency',
  },
  { name: 'a number for an object', body: sale({ price: 5 }), field: 'price', code: 'nested_validation' },
  { name: 'a list for an object', body: sale({ price: [] }), field: 'price', code: 'is_object' },
  { name: 'an unknown field', body: sale({ colour: 'red' }), field: 'colour', code: 'unknown_field' },
  {
    name: 'an unknown field further in',
    body: sale({ price: { amountMinor: 1, currency: 'EUR', tax: 1 } }),
    field: 'price.tax',
    code: 'unknown_field',
  },
  { name: '__proto__', body: `{"__proto__":{"name":"x"}}`, field: '__proto__', code: 'name_refused' },
  { name: 'constructor', body: sale({ constructor: { a: 1 } }), field: 'constructor', code: 'name_refused' },
  { name: 'toString', body: sale({ toString: 'x' }), field: 'toString', code: 'unknown_field' },
  { name: 'a day that is none', body: sale({ day: '2029-02-29' }), field: 'day', code: 'is_calendar_date' },
  {
    name: 'a moment that is none',
    body: sale({ startsAt: '2030-04-31T10:00:00Z' }),
    field: 'startsAt',
    code: 'is_instant',
  },
  {
    name: 'a moment without offset',
    body: sale({ startsAt: '2030-04-30T10:00:00' }),
    field: 'startsAt',
    code: 'is_instant',
  },
  { name: 'hour 24', body: sale({ startsAt: '2030-04-30T24:00:00Z' }), field: 'startsAt', code: 'is_instant' },
  { name: 'a bad entry', body: sale({ seats: ['A1', 'B\u0007'] }), field: 'seats[1]', code: 'is_seat_name' },
  { name: 'a text for a list', body: sale({ seats: 'A1' }), field: 'seats', code: 'is_array' },
  { name: 'too many entries', body: sale({ seats: ['A', 'B', 'C', 'D'] }), field: 'seats', code: 'array_max_size' },
  { name: 'the same entry twice', body: sale({ seats: ['A', 'A'] }), field: 'seats', code: 'array_unique' },
  {
    name: 'a bad field of an entry',
    body: sale({ buyers: [{ name: 'Ann', email: 'ann@' }] }),
    field: 'buyers[0].email',
    code: 'is_email_address',
  },
  {
    name: 'an entry that is no object',
    body: sale({ buyers: ['Ann'] }),
    field: 'buyers[0]',
    code: 'nested_validation',
  },
  { name: 'an entry that is a list', body: sale({ buyers: [[]] }), field: 'buyers[0]', code: 'is_object' },
  { name: 'a quantity out of range', body: sale({ quantity: 101 }), field: 'quantity', code: 'is_whole_number' },
  { name: 'a list for a body', body: '[]', field: 'body', code: 'is_object' },
  { name: 'null for a body', body: 'null', field: 'body', code: 'is_object' },
  { name: 'an empty body', body: '', field: 'body', code: 'required' },
  { name: 'a broken body', body: '{"name":', field: 'body', code: 'malformed' },
  { name: 'a body that is not UTF-8', body: new Uint8Array([0x22, 0xff, 0x22]), field: 'body', code: 'malformed' },
  { name: 'a body with a byte order mark', body: `\ufeff${json(goodSale)}`, field: 'body', code: 'malformed' },
  { name: 'a deep body', body: nested(30), field: `name${'[0]'.repeat(19)}`, code: 'too_deep' },
  { name: 'a very deep body', body: nested(8_000), field: `name${'[0]'.repeat(19)}`, code: 'too_deep' },
  { name: 'a card number', body: sale({ name: `A ${card}` }), field: 'name', code: 'card_data_refused' },
  {
    name: 'a card number in groups',
    body: sale({ name: 'Ann 4242 4242-4242 4242 12 30' }),
    field: 'name',
    code: 'card_data_refused',
  },
  { name: 'a card number as a number', body: price(card), field: 'price.amountMinor', code: 'card_data_refused' },
  { name: 'a card number as a key', body: `{"price":{"${card}":1}}`, field: 'price', code: 'card_data_refused' },
  {
    name: 'a card number in full-width digits',
    body: sale({ name: 'A ４２４２４２４２４２４２４２４２' }),
    field: 'name',
    code: 'card_data_refused',
  },
];

describe('bad input', () => {
  let sample: Sample;
  before(async () => {
    sample = await startSample({ server: { maxHeaderBytes: 8_192 } });
  });
  after(() => sample.stop());
  afterEach(() => {
    expect(sample.asked, 'a handler was reached').to.have.length(0);
    expect(sample.errors).to.have.length(0);
  });

  for (const { name, body, field, code } of badBodies) {
    it(`is refused with the field's name: ${name}`, async () => {
      const response = await post(sample, '/v1/sales', { body });
      const problem = await problemIn(response);
      expect(response.status).to.equal(400);
      expect(problem.errors?.[0]).to.include({ field, in: 'body', code });
      expect(problem.type).to.match(/^urn:boxoffice:problem:[a-z_]+$/);
      expect(problem.traceId).to.equal(response.headers.get('trace-id'));
      expect(json(problem)).not.to.contain(card);
    });
  }

  it('names all wrong fields at once', async () => {
    const { errors } = await problemIn(await post(sample, '/v1/sales', { body: '{"x":1}' }));
    expect(errors?.map(({ field }) => field)).to.deep.equal(['x', 'name', 'startsAt', 'price']);
  });

  it('is a code of its own for card numbers', async () => {
    const problem = await problemIn(await post(sample, '/v1/sales', { body: sale({ name: `A ${card}` }) }));
    expect(problem.code).to.equal('card_data_refused');
  });

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', '']) {
    it(`refuses the content type "${type}"`, async () => {
      const response = await post(sample, '/v1/sales', { body: json(goodSale), headers: { 'content-type': type } });
      expect(response.status).to.equal(415);
      expect((await problemIn(response)).errors?.[0]?.field).to.equal('Content-Type');
    });
  }

  it('refuses a packed body', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const response = await post(sample, '/v1/sales', { body: json(goodSale), headers });
    expect(response.status).to.equal(415);
    expect((await problemIn(response)).errors?.[0]?.field).to.equal('Content-Encoding');
  });

  for (const bytes of [16_385, 1_000_000]) {
    it(`refuses a body of ${bytes} bytes`, async () => {
      const response = await post(sample, '/v1/sales', { body: 'x'.repeat(bytes) });
      expect(response.status).to.equal(413);
      expect((await problemIn(response)).errors?.[0]).to.include({ field: 'body', code: 'too_large' });
    });
  }

  const twice: readonly string[] = [
    '{"name":"Evening","name":"Morning"}',
    '{"name":"Evening","n\\u0061me":"Morning"}',
    '{"price":{"currency":"EUR","currency":"USD"}}',
    '{"a":[{"b":1,"b":1}]}',
    '{"__proto__":1,"__proto__":2}',
  ];
  for (const text of twice) {
    it(`refuses a name that stands twice: ${text}`, async () => {
      const problem = await problemIn(await post(sample, '/v1/sales', { body: text }));
      expect([problem.status, problem.errors?.[0]]).to.deep.equal([
        400,
        { field: 'body', in: 'body', code: 'malformed', message: 'must not name a member of an object twice' },
      ]);
    });
  }

  it('takes colons, quotes and backslashes in texts for what they are', () => {
    const name = 'Evening: "a:b", c\\" :\\';
    const value = { 'a:"b\\': [name, { name, 'b:': [] }], name };
    expect(parseJson(Buffer.from(JSON.stringify(value)))).to.deep.equal(value);
  });

  it('refuses a large body that comes without its length', async () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const head = 'POST /v1/sales HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\nContent-Type: application/json\r\n';
    const text = `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`;
    expect(await sendRaw(sample, text)).to.match(/^HTTP\/1.1 413 /);
  });

  const badKeys: readonly (readonly [string, Record<string, string>, string])[] = [
    ['missing', { 'idempotency-key': '' }, 'idempotency_key_missing'],
    ['long', { 'idempotency-key': 'k'.repeat(256) }, 'invalid_request'],
    ['with spaces', { 'idempotency-key': 'a b' }, 'invalid_request'],
    ['beyond ASCII', { 'idempotency-key': 'caf\u00e9' }, 'invalid_request'],
  ];
  for (const [name, headers, code] of badKeys) {
    it(`refuses a key: ${name}`, async () => {
      const response = await post(sample, '/v1/sales', { body: json(goodSale), headers });
      const problem = await problemIn(response);
      expect(response.status).to.equal(400);
      expect(problem.code).to.equal(code);
      expect(problem.errors?.[0]?.field).to.equal('Idempotency-Key');
    });
  }

  const badAddresses: readonly (readonly [string, string, string, string])[] = [
    ['/v1/sales?colour=red', 'query', 'colour', 'unknown_field'],
    ['/v1/sales?limit=5&limit=6', 'query', 'limit', 'repeated'],
    ['/v1/sales?limit=0', 'query', 'limit', 'is_whole_number'],
    ['/v1/sales?limit=5.0', 'query', 'limit', 'is_whole_number'],
    ['/v1/sales?limit=', 'query', 'limit', 'is_whole_number'],
    ['/v1/sales?status=lost', 'query', 'status', 'is_one_of'],
    ['/v1/sales?status=%ff', 'query', 'status', 'malformed'],
    ['/v1/sales?%zz=1', 'query', 'query', 'malformed'],
    ['/v1/sales?cursor=a%00b', 'query', 'cursor', 'nul_refused'],
    ['/v1/sales?cursor=a%20b', 'query', 'cursor', 'is_token'],
    ['/v1/sales?__proto__=1', 'query', '__proto__', 'name_refused'],
    [`/v1/sales?cursor=${card}`, 'query', 'cursor', 'card_data_refused'],
    [`/v1/sales?${card}=1`, 'query', 'query', 'card_data_refused'],
    ['/v1/sales/abc', 'path', 'saleId', 'is_uuid'],
    [`/v1/sales/${card}`, 'path', 'saleId', 'card_data_refused'],
    ['/v1/sales/%ff', 'path', 'path', 'malformed'],
    [`/v1/sales/${saleId}?x=1`, 'query', 'x', 'unknown_field'],
  ];
  for (const [address, place, field, code] of badAddresses) {
    it(`is refused in an address: ${address.replace(card, '(card)')}`, async () => {
      const response = await fetch(sample.server.url + address);
      const problem = await problemIn(response);
      expect(response.status).to.equal(400);
      expect(problem.errors?.[0]).to.include({ field, in: place, code });
      expect(json(problem)).not.to.contain(card);
    });
  }

  it('refuses a body where none is read', async () => {
    const head = 'GET /v1/sales HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
    expect(await sendRaw(sample, `${head}Content-Length: 2\r\n\r\n{}`)).to.contain('not_expected');
  });

  const forged = Buffer.from('[["0","1"]]').toString('base64url');
  for (const [header, value] of [
    ['Consistency-Token', 'abc'],
    ['Consistency-Token', forged],
    ['Consistency-Token', Buffer.from('[[0,"5"]] ').toString('base64url')],
    ['If-None-Match', 'seven'],
  ] as const) {
    it(`refuses the header ${header}: ${value}`, async () => {
      const response = await fetch(`${sample.server.url}/v1/sales`, { headers: { [header]: value } });
      expect(response.status).to.equal(400);
      expect((await problemIn(response)).errors?.[0]).to.include({ field: header, in: 'header', code: 'malformed' });
    });
  }

  for (const target of ['http://[', 'nonsense', '//[', '/v1/%', '/\\..', '/v1/sales/%C0%80', '*']) {
    it(`answers a target that is no address: ${target}`, async () => {
      const text = await sendRaw(sample, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(text)
        .to.match(/^HTTP\/1.1 40[04] /)
        .and.to.contain('application/problem+json');
    });
  }

  it('answers what is not HTTP with a problem', async () => {
    expect(await sendRaw(sample, 'HELLO\r\n\r\n'))
      .to.match(/^HTTP\/1.1 400 /)
      .and.to.contain('malformed_http');
  });

  it('answers headers that are too large with a problem', async () => {
    const text = await sendRaw(sample, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(text)
      .to.match(/^HTTP\/1.1 431 /)
      .and.to.contain('headers_too_large');
  });
});
