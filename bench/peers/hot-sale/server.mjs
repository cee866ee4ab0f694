// The place-a-hold route before PostgreSQL: the same Express, the same request, the same answers.
// server.mjs <for-update|one-statement> <url of PostgreSQL> <connections>
import { randomUUID } from 'node:crypto';
import express from 'express';
import pg from 'pg';
import { forUpdate } from './for-update.mjs';
import { oneStatement } from './one-statement.mjs';
import { schema } from './schema.mjs';

const [form, connectionString, connections] = process.argv.slice(2);
const size = { max: Number(connections), min: Number(connections) };
const pool = new pg.Pool({ connectionString, ...size });
const quickPool = new pg.Pool({ connectionString, options: '-c synchronous_commit=off', ...size });
await pool.query(schema);
const place = { 'for-update': forUpdate, 'one-statement': oneStatement }[form](pool, quickPool);

const isText = (value, max) => typeof value === 'string' && value.length > 0 && value.length <= max;
const isPlaces = (value) => Number.isInteger(value) && value >= 1 && value <= 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const isWish = (body) =>
  isText(body?.saleId, 36) &&
  uuid.test(body.saleId) &&
  isPlaces(body.quantity) &&
  isText(body.buyer?.email, 254) &&
  email.test(body.buyer.email) &&
  isText(body.buyer.name, 100);

const problem = (response, status, code) =>
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ status, code, title: code }));

const app = express().disable('x-powered-by').disable('etag');

app.post('/v1/orders', express.json({ limit: 16_384 }), async (request, response) => {
  const key = request.get('Idempotency-Key');
  if (!isText(key, 255)) return problem(response, 400, 'idempotency_key_missing');
  if (!isWish(request.body)) return problem(response, 400, 'invalid_request');
  const { order, refusal } = await place(request.body, key);
  if (refusal === 'sale_unknown') return problem(response, 404, 'not_found');
  if (refusal !== undefined) return problem(response, 409, refusal);
  response
    .status(201)
    .location(`/v1/orders/${order.id}`)
    .json({
      orderId: order.id,
      saleId: order.sale_id,
      status: order.status,
      quantity: order.quantity,
      total: { amountMinor: order.total_minor, currency: order.currency },
      expiresAt: order.expires_at.toISOString(),
    });
});

app.post('/sales', express.json(), async (request, response) => {
  const saleId = randomUUID();
  const { capacity } = request.body;
  await pool.query(`INSERT INTO sales VALUES ($1, 'open', $2, $2, 5000, 'EUR', 1, 3600)`, [saleId, capacity]);
  response.status(201).json({ saleId });
});

app.get('/sales/:saleId', async (request, response) => {
  const { rows } = await pool.query(
    `SELECT capacity, free, (SELECT coalesce(sum(quantity), 0)::int FROM orders WHERE sale_id = sales.id) AS held, 0 AS sold
     FROM sales WHERE id = $1`,
    [request.params.saleId],
  );
  response.json(rows[0]);
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
});
process.once('SIGTERM', () => {
  server.close(() => Promise.all([pool.end(), quickPool.end()]));
  server.closeAllConnections();
});
