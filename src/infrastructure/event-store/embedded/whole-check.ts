import type { DatabaseSync } from 'node:sqlite';

export const scalar = (db: DatabaseSync, sql: string): unknown => {
  const row = db.prepare(sql).get();
  return row === undefined ? undefined : Object.values(row)[0];
};

/** What is wrong with the file as a whole; takes two seconds a gigabyte and more. */
export const problemIn = (db: DatabaseSync): string | undefined => {
  const pages = scalar(db, 'PRAGMA quick_check(1)');
  if (pages !== 'ok') return String(pages);
  // Names are found by their index only, which no checksum covers.
  const names = scalar(db, "PRAGMA integrity_check('stream')");
  if (names !== 'ok') return String(names);
  const head = Number(scalar(db, 'SELECT max(position) FROM event') ?? 0);
  const rows = Number(scalar(db, 'SELECT count(*) FROM event'));
  if (head !== rows) return `${rows} events up to position ${head}`;
  const stream = scalar(
    db,
    `SELECT coalesce(name, 'number ' || stream_number)
     FROM (
       SELECT stream_number, min(revision) <> 0 OR max(revision) + 1 <> count(*) AS has_hole
       FROM event GROUP BY stream_number
     ) LEFT JOIN stream ON number = stream_number
     WHERE has_hole OR name IS NULL LIMIT 1`,
  );
  return stream === undefined ? undefined : `stream ${stream} lacks revisions`;
};
