/** Tables of a sale as a relational program keeps them. Constraints hold what must never break, whoever writes. */
export const schema = `
  CREATE TABLE IF NOT EXISTS sales (
    id uuid PRIMARY KEY,
    status text NOT NULL,
    capacity integer NOT NULL,
    free integer NOT NULL CHECK (free BETWEEN 0 AND capacity),
    price_minor integer NOT NULL,
    currency text NOT NULL,
    per_person_limit integer NOT NULL,
    hold_seconds integer NOT NULL
  );
  CREATE TABLE IF NOT EXISTS persons_in_sale (
    sale_id uuid NOT NULL REFERENCES sales,
    email text NOT NULL,
    places integer NOT NULL,
    per_person_limit integer NOT NULL,
    CONSTRAINT limit_per_person CHECK (places <= per_person_limit),
    PRIMARY KEY (sale_id, email)
  );
  CREATE TABLE IF NOT EXISTS orders (
    id uuid PRIMARY KEY,
    idempotency_key text NOT NULL CONSTRAINT one_order_a_key UNIQUE,
    sale_id uuid NOT NULL REFERENCES sales,
    email text NOT NULL,
    name text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    total_minor integer NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    expires_at timestamptz NOT NULL
  );
  CREATE TABLE IF NOT EXISTS refusals (
    idempotency_key text PRIMARY KEY,
    code text NOT NULL
  );
`;
