import type { Sending } from '../../src/infrastructure/http/client/api-client.js';
import { type DocumentedApi, type FieldPath, type Schema, withField } from './documented-api.js';
import type { Step } from './route-walk.js';

/** A write that is refused, and the field that the answer names for it. */
export interface Refused {
  readonly what: string;
  readonly status: number;
  readonly field: string;
  readonly sending: Sending;
}

const shownPath = (field: FieldPath): string =>
  field.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

const deepBody = `{"colour":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;

/** What every write refuses, whatever it takes. */
export const refusalsOf = (documented: DocumentedApi, { operation, body }: Step): readonly Refused[] => {
  const refusals: Refused[] = [
    { what: 'an unknown field', status: 400, field: 'colour', sending: { body: { ...body, colour: 'red' } } },
    { what: '__proto__', status: 400, field: '__proto__', sending: { body: '{"__proto__":{"name":"x"}}' } },
    { what: 'constructor', status: 400, field: 'constructor', sending: { body: '{"constructor":{"a":1}}' } },
    { what: 'a broken body', status: 400, field: 'body', sending: { body: '{"name":' } },
    { what: 'a list', status: 400, field: 'body', sending: { body: '[]' } },
    { what: 'a name with NUL', status: 400, field: 'body', sending: { body: '{"a\\u0000":1}' } },
    { what: 'a deep body', status: 400, field: 'colour', sending: { body: deepBody } },
    { what: 'a huge body', status: 413, field: 'body', sending: { body: { ...body, colour: 'x'.repeat(600_000) } } },
    {
      what: 'another type of content',
      status: 415,
      field: 'Content-Type',
      sending: { body: body ?? {}, headers: { 'Content-Type': 'text/plain' } },
    },
  ];
  if (operation.parameters.some(({ name }) => name === 'Idempotency-Key')) {
    refusals.push({ what: 'no key', status: 400, field: 'Idempotency-Key', sending: { key: '' } });
    refusals.push({ what: 'a key with a space', status: 400, field: 'Idempotency-Key', sending: { key: 'a b' } });
  }
  if (operation.body !== undefined) refusals.push(...fieldRefusalsOf(documented, operation.body, body));
  return refusals;
};

const fieldRefusalsOf = (documented: DocumentedApi, schema: Schema, body: unknown): readonly Refused[] =>
  documented.fieldsOf(schema).flatMap((path) => {
    const field = shownPath(path);
    const isFlag = documented.typeAt(schema, path) === 'boolean';
    return [
      ['NUL', 'a\0b'],
      ['a lone surrogate', '\ud800'],
      ['an object', { $ne: null }],
      ['a fraction', 12.5],
      isFlag ? ['a number', 1] : ['a flag', true],
      ['a card number', 'Ana 4242 4242 4242 4242'],
    ].map(([what, value]) => ({
      what: `${what} for ${field}`,
      status: 400,
      field,
      sending: { body: withField(body, path, value) },
    }));
  });
