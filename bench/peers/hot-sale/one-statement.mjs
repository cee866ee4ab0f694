import { randomUUID } from 'node:crypto';

/**
 * A hold as one statement that either does all or nothing: it takes the places if there are enough, counts them for the
 * person (the table's own check refuses too many) and writes the order (the unique key refuses a repeat).
 */
const hold = `
  WITH sale AS (
    UPDATE sales SET free = free - $5
    WHERE id = $1 AND status = 'open' AND free >= $5
    RETURNING price_minor, currency, per_person_limit, hold_seconds
  ), person AS (
    INSERT INTO persons_in_sale SELECT $1, $3, $5, per_person_limit FROM sale
    ON CONFLICT (sale_id, email) DO UPDATE SET places = persons_in_sale.places + excluded.places
  )
  INSERT INTO orders
  SELECT $6, $2, $1, $3, $4, $5, $5 * price_minor, currency, 'held', now() + make_interval(secs => hold_seconds)
  FROM sale
  RETURNING *`;

/** Why no place was taken: only asked when none was. */
const reason = `
  SELECT (SELECT row_to_json(orders) FROM orders WHERE idempotency_key = $2) AS earlier,
         (SELECT status FROM sales WHERE id = $1) AS status`;

export const oneStatement = (pool) => {
  const why = async (saleId, key, otherwise) => {
    const { rows } = await pool.query({ name: 'why', text: reason, values: [saleId, key] });
    const { earlier, status } = rows[0];
    if (earlier !== null) return { order: { ...earlier, expires_at: new Date(earlier.expires_at) } };
    if (status === null) return { refusal: 'sale_unknown' };
    return { refusal: status === 'open' ? otherwise : 'sale_not_open' };
  };

  return async ({ saleId, quantity, buyer }, key) => {
    try {
      const values = [saleId, key, buyer.email, buyer.name, quantity, randomUUID()];
      const { rows } = await pool.query({ name: 'hold', text: hold, values });
      return rows.length > 0 ? { order: rows[0] } : await why(saleId, key, 'sold_out');
    } catch (error) {
      if (error.constraint === 'limit_per_person') return why(saleId, key, 'limit_per_person');
      if (error.constraint === 'one_order_a_key') return why(saleId, key, 'sold_out');
      throw error;
    }
  };
};
