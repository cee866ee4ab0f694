import { randomUUID } from 'node:crypto';

/**
 * A hold as it is written at first: lock the sale's row, look at what is there, write what follows, commit. Each
 * statement is prepared once a connection. A refusal is kept, so that a repeat gets it again; its commit doesn't wait
 * for the disk.
 */
export const forUpdate = (pool) => {
  const decide = async (client, { saleId, quantity, buyer }, key) => {
    const ask = async (name, text, values) => (await client.query({ name, text, values })).rows[0];
    const refused = async (code) => {
      await client.query('SET LOCAL synchronous_commit = off');
      await ask('refuse', 'INSERT INTO refusals VALUES ($1, $2)', [key, code]);
      return { refusal: code };
    };
    const sale = await ask('lock', 'SELECT * FROM sales WHERE id = $1 FOR UPDATE', [saleId]);
    if (sale === undefined) return { refusal: 'sale_unknown' };
    const earlier = await ask('earlier', 'SELECT * FROM orders WHERE idempotency_key = $1', [key]);
    if (earlier !== undefined) return { order: earlier };
    const refusal = await ask('refusal', 'SELECT code FROM refusals WHERE idempotency_key = $1', [key]);
    if (refusal !== undefined) return { refusal: refusal.code };
    if (sale.status !== 'open') return refused('sale_not_open');
    if (sale.free < quantity) return refused('sold_out');
    const of = 'SELECT places FROM persons_in_sale WHERE sale_id = $1 AND email = $2';
    const taken = (await ask('taken', of, [saleId, buyer.email]))?.places ?? 0;
    if (taken + quantity > sale.per_person_limit) return refused('limit_per_person');
    await ask(
      'person',
      `INSERT INTO persons_in_sale VALUES ($1, $2, $3, $4)
       ON CONFLICT (sale_id, email) DO UPDATE SET places = persons_in_sale.places + $3`,
      [saleId, buyer.email, quantity, sale.per_person_limit],
    );
    await ask('take', 'UPDATE sales SET free = free - $2 WHERE id = $1', [saleId, quantity]);
    const order = await ask(
      'order',
      `INSERT INTO orders VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'held', now() + make_interval(secs => $9))
       RETURNING *`,
      [
        randomUUID(),
        key,
        saleId,
        buyer.email,
        buyer.name,
        quantity,
        quantity * sale.price_minor,
        sale.currency,
        sale.hold_seconds,
      ],
    );
    return { order };
  };

  return async (wish, key) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const outcome = await decide(client, wish, key);
      await client.query('COMMIT');
      return outcome;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };
};
