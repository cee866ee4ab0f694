import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { openApiDocument } from '../../../../src/infrastructure/http/documentation/openapi.js';
import { problemWith, route } from '../../../../src/infrastructure/http/frame/route.js';
import { Money } from '../../../../src/infrastructure/http/input/money-field.js';
import { goodSale, NewSale, SaleId, type Sample, sampleRoutes, startSample } from '../../../support/http-sample.js';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const at = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);

/** `get /v1/sales/{saleId}` of each route that express would really call. */
const liveRoutes = ({ app }: Sample): readonly string[] =>
  app.express.router.stack.flatMap(({ route: live }) => {
    if (live === undefined) return [];
    const path = live.path.replaceAll(/:(\w+)/g, '{$1}');
    const methods = live.stack.map(({ method }) => method);
    return methods.flatMap((method) => (method === undefined ? [] : [`${method} ${path}`]));
  });

describe('the OpenAPI document', () => {
  let sample: Sample;
  let document: Record<string, unknown>;
  before(async () => {
    sample = await startSample();
    const response = await fetch(`${sample.server.url}/openapi.json`);
    expect(response.headers.get('content-type')).to.equal('application/json');
    document = (await response.json()) as Record<string, unknown>;
  });
  after(() => sample.stop());

  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result.valid, JSON.stringify(result.errors)).to.equal(true);
    expect(document.openapi).to.equal('3.1.0');
  });

  it('shows the routes that are live, and no others', () => {
    const documented = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented).to.have.members(liveRoutes(sample));
    expect(documented).to.have.length(sampleRoutes(() => sample).length + 1);
  });

  it('has schemas of JSON Schema 2020-12, which take what the API takes', () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true, validateFormats: false }).addVocabulary(['components']);
    const schemas = at(document, 'components', 'schemas');
    if (!isObject(schemas)) throw new Error('no schemas');
    const taken = ajv.compile({ $ref: '#/components/schemas/NewSale', components: { schemas }, $id: 'doc' });
    expect(taken(goodSale), JSON.stringify(taken.errors)).to.equal(true);
    expect(taken({ ...goodSale, seats: ['A1'], buyers: [{ name: 'Ann', email: 'ann@example.org' }] })).to.equal(true);
    const wrong: readonly object[] = [
      { ...goodSale, colour: 'red' },
      { ...goodSale, price: { amountMinor: 1.5, currency: 'EUR' } },
      { ...goodSale, price: undefined },
      { ...goodSale, seats: ['A', 'B', 'C', 'D'] },
      { ...goodSale, seats: [''] },
      { ...goodSale, buyers: [{ name: 'Ann' }] },
    ];
    for (const sale of wrong) expect(taken(JSON.parse(JSON.stringify(sale))), JSON.stringify(sale)).to.equal(false);
  });

  it('says which fields are needed and which may be left out', () => {
    expect(at(document, 'components', 'schemas', 'NewSale', 'required')).to.deep.equal(['name', 'startsAt', 'price']);
    const parameters = at(document, 'paths', '/v1/sales', 'get', 'parameters');
    expect(parameters).to.deep.include({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100 },
    });
  });

  it('tells of keys, conditions, examples and problems', () => {
    const create = at(document, 'paths', '/v1/sales', 'post');
    const names = (operation: unknown): readonly unknown[] => {
      const parameters = at(operation, 'parameters');
      return Array.isArray(parameters) ? parameters.map((parameter) => at(parameter, 'name')) : [];
    };
    expect(names(create)).to.deep.equal(['Idempotency-Key']);
    expect(names(at(document, 'paths', '/v1/sales/{saleId}/open', 'post'))).to.include('If-Match');
    expect(at(create, 'requestBody', 'content', 'application/json', 'example')).to.deep.equal(goodSale);
    expect(Object.keys(at(create, 'responses', '201', 'headers') ?? {})).to.include('Location');
    const conflict = at(create, 'responses', '409', 'content', 'application/problem+json', 'examples');
    expect(Object.keys(conflict ?? {})).to.have.members(['sold_out', 'request_in_progress']);
  });

  const bare = {
    summary: '',
    tags: [],
    policy: 'public',
    idempotent: false,
    responses: {},
    handler: async () => ({ status: 200 }),
  } as const;

  it('tells which members a problem has beside those of all', () => {
    const declined = problemWith('declined', Money, { amountMinor: 5, currency: 'EUR' });
    const one = route({
      ...bare,
      method: 'post',
      path: '/a',
      operationId: 'a',
      responses: { 402: ['unpaid', declined] },
    });
    const document = openApiDocument([one], { title: 'a', version: '1' });
    const told = at(document, 'paths', '/a', 'post', 'responses', '402', 'content', 'application/problem+json');
    expect(at(told, 'examples', 'declined', 'value')).to.include({ code: 'declined', amountMinor: 5 });
    const schemas = at(document, 'components', 'schemas');
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const taken = ajv.compile({ ...Object(at(told, 'schema')), components: { schemas }, unevaluatedProperties: false });
    const problem = { type: 'urn:a', title: 'a', status: 402, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' };
    const money = { amountMinor: 5, currency: 'EUR' };
    expect(taken({ ...problem, code: 'declined', ...money }), JSON.stringify(taken.errors)).to.equal(true);
    expect(taken({ ...problem, code: 'unpaid' }), JSON.stringify(taken.errors)).to.equal(true);
    for (const wrong of [{ code: 'declined' }, { code: 'unpaid', ...money }, { code: 'other' }]) {
      expect(taken({ ...problem, ...wrong }), JSON.stringify(wrong)).to.equal(false);
    }
  });

  it('refuses a route whose path and parameters differ', () => {
    const define = () => route({ ...bare, method: 'get', path: '/a/{id}', operationId: 'a', params: SaleId });
    expect(define).to.throw('the class of its parameters');
  });

  it('refuses two routes in one place, and two classes with one name', () => {
    const one = route({ ...bare, method: 'post', path: '/a', operationId: 'a', body: NewSale });
    const info = { title: 'a', version: '1' };
    expect(() => openApiDocument([one, one], info)).to.throw('two routes');
    const otherClass = { NewSale: class NewSale extends SaleId {} }.NewSale;
    const other = route({ ...bare, method: 'post', path: '/b', operationId: 'b', body: otherClass });
    expect(() => openApiDocument([one, other], info)).to.throw('two classes are called NewSale');
  });
});
