import type { View } from '../../../projections/projection.js';
import type { Connection } from './connection.js';
import { Generation } from './generation.js';

/** The generation that readers are given, of whatever version it is. */
export const liveGeneration = (
  connection: Connection,
  view: View,
): { readonly version: number; readonly generation: Generation } | undefined => {
  const row = connection
    .prepare('SELECT id, version FROM generations WHERE projection = ? AND live = 1')
    .get(view.name);
  if (row === undefined) return undefined;
  return { version: Number(row.version), generation: new Generation(connection, Number(row.id)) };
};

/** @param token of the lease that it is made under */
export const newGeneration = (connection: Connection, view: View, token: number): Generation => {
  const { lastInsertRowid } = connection
    .prepare('INSERT INTO generations (projection, version, live, token) VALUES (?, ?, 0, ?)')
    .run(view.name, view.version, token);
  return new Generation(connection, Number(lastInsertRowid));
};

const unfinished = 'live = 0 AND retired_at IS NULL';
const now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

export const isUnfinished = (connection: Connection, id: number): boolean =>
  connection.prepare(`SELECT 1 FROM generations WHERE id = ? AND ${unfinished}`).get(id) !== undefined;

/**
 * Makes a generation the live one and retires the one that was.
 * @returns whether it did; not where a later holder of the lease has begun another
 */
export const promoteGeneration = (connection: Connection, view: View, id: number): boolean => {
  const later = connection.prepare(
    'SELECT 1 FROM generations WHERE projection = ? AND token > (SELECT token FROM generations WHERE id = ?)',
  );
  if (later.get(view.name, id) !== undefined) return false;
  connection
    .prepare(`UPDATE generations SET live = 0, retired_at = ${now} WHERE projection = ? AND live = 1`)
    .run(view.name);
  connection.prepare('UPDATE generations SET live = 1 WHERE id = ?').run(id);
  return true;
};

export const dropGeneration = (connection: Connection, id: number): void => {
  const tables = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?")
    .all(`view_${id}_*`);
  for (const { name } of tables) connection.exec(`DROP TABLE "${String(name)}"`);
  connection.prepare('DELETE FROM checkpoints WHERE generation = ?').run(id);
  connection.prepare('DELETE FROM generations WHERE id = ?').run(id);
};

const idsOf = (rows: readonly Record<string, unknown>[]): readonly number[] => rows.map(({ id }) => Number(id));

/** Those that were begun under a lease with a lower token. */
export const unfinishedBefore = (connection: Connection, view: View, token: number): readonly number[] =>
  idsOf(
    connection
      .prepare(`SELECT id FROM generations WHERE projection = ? AND token < ? AND ${unfinished}`)
      .all(view.name, token),
  );

export const retiredFor = (connection: Connection, view: View, ms: number): readonly number[] =>
  idsOf(
    connection
      .prepare(`SELECT id FROM generations WHERE projection = ? AND retired_at <= ${now} - ?`)
      .all(view.name, ms),
  );
