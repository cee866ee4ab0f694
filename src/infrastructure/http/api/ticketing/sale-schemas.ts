import type { JsonSchema } from '../../input/rule.js';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const instant = { type: 'string', format: 'date-time' };
const id = { type: 'string', format: 'uuid' };

export const moneySchema: JsonSchema = {
  type: 'object',
  required: ['amountMinor', 'currency'],
  properties: {
    amountMinor: { type: 'integer', description: 'minor units of the currency (ISO 4217)' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
  },
};

export const saleStandingSchema: JsonSchema = {
  type: 'object',
  required: ['saleId', 'status', 'capacity', 'free', 'held', 'sold', 'revision'],
  properties: {
    saleId: id,
    status: { type: 'string', enum: ['announced', 'open', 'paused', 'closed'] },
    capacity: count,
    free: count,
    held: count,
    sold: count,
    revision: text,
  },
};

export const orderStandingSchema: JsonSchema = {
  type: 'object',
  required: ['orderId', 'saleId', 'status', 'quantity', 'total', 'expiresAt', 'revision'],
  properties: {
    orderId: id,
    saleId: id,
    status: text,
    quantity: count,
    seats: { type: 'array', items: text },
    total: moneySchema,
    expiresAt: instant,
    revision: text,
  },
};

export const pageSchema = (items: JsonSchema): JsonSchema => ({
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items }, next: text, prev: text },
});

export const saleExample = {
  name: 'The Last Night',
  venue: 'Old Harbour Hall',
  startsAt: '2030-05-04T19:30:00Z',
  capacity: 100,
  price: { amountMinor: 4500, currency: 'EUR' },
  perPersonLimit: 4,
  holdSeconds: 600,
};
