import { randomUUID } from 'node:crypto';

/**
 * A hold as one statement that either does all or nothing: it takes the places if there are enough, counts them for the
 * person (the table's own check refuses too many) and writes the order (the unique key refuses a repeat).
 */
const hold = `
  WITH sale AS (
    UPDATE sales SET free = free - $5
    WHERE id = $1 AND status = 'open' AND free >= $5
      AND NOT EXISTS (SELECT FROM refusals WHERE idempotency_key = $2)
    RETURNING price_minor, currency, per_person_limit, hold_seconds
  ), person AS (
    INSERT INTO persons_in_sale SELECT $1, $3, $5, per_person_limit FROM sale
    ON CONFLICT (sale_id, email) DO UPDATE SET places = persons_in_sale.places + excluded.places
  )
  INSERT INTO orders
  SELECT $6, $2, $1, $3, $4, $5, $5 * price_minor, currency, 'held', now() + make_interval(secs => hold_seconds)
  FROM sale
  RETURNING *`;

/**
 * Why no place was taken: only asked when none was. The refusal is kept, so that a repeat gets it again, unless there is
 * an order or a refusal from before.
 */
const why = `
  WITH earlier AS (SELECT row_to_json(orders) AS found FROM orders WHERE idempotency_key = $2),
       now AS (SELECT CASE status WHEN 'open' THEN $3 ELSE 'sale_not_open' END AS code FROM sales WHERE id = $1),
       kept AS (
         INSERT INTO refusals SELECT $2, code FROM now WHERE NOT EXISTS (SELECT FROM earlier)
         ON CONFLICT (idempotency_key) DO UPDATE SET code = refusals.code
         RETURNING code
       )
  SELECT (SELECT found FROM earlier) AS earlier, (SELECT code FROM kept) AS refusal`;

/** @param quickPool its commits don't wait for the disk: for refusals */
export const oneStatement = (pool, quickPool) => {
  const refuse = async (saleId, key, code) => {
    const { rows } = await quickPool.query({ name: 'why', text: why, values: [saleId, key, code] });
    const { earlier, refusal } = rows[0];
    if (earlier !== null) return { order: { ...earlier, expires_at: new Date(earlier.expires_at) } };
    return { refusal: refusal ?? 'sale_unknown' };
  };

  return async ({ saleId, quantity, buyer }, key) => {
    try {
      const values = [saleId, key, buyer.email, buyer.name, quantity, randomUUID()];
      const { rows } = await pool.query({ name: 'hold', text: hold, values });
      return rows.length > 0 ? { order: rows[0] } : await refuse(saleId, key, 'sold_out');
    } catch (error) {
      if (error.constraint === 'limit_per_person') return refuse(saleId, key, 'limit_per_person');
      if (error.constraint === 'one_order_a_key') return refuse(saleId, key, 'sold_out');
      throw error;
    }
  };
};
