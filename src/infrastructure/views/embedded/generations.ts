import type { Projection } from '../../../projections/projection.js';
import type { Connection } from './connection.js';
import { Generation } from './generation.js';

/** The generation that readers are given, of whatever version it is. */
export const liveGeneration = (
  connection: Connection,
  projection: Projection,
): { readonly version: number; readonly generation: Generation } | undefined => {
  const row = connection
    .prepare('SELECT id, version FROM generations WHERE projection = ? AND live = 1')
    .get(projection.name);
  if (row === undefined) return undefined;
  return { version: Number(row.version), generation: new Generation(connection, Number(row.id)) };
};

export const newGeneration = (connection: Connection, projection: Projection): Generation => {
  const { lastInsertRowid } = connection
    .prepare('INSERT INTO generations (projection, version, live) VALUES (?, ?, 0)')
    .run(projection.name, projection.version);
  return new Generation(connection, Number(lastInsertRowid));
};

export const isGeneration = (connection: Connection, id: number): boolean =>
  connection.prepare('SELECT 1 FROM generations WHERE id = ?').get(id) !== undefined;

/** Makes a generation the live one and drops the one that was. */
export const promoteGeneration = (connection: Connection, projection: Projection, id: number): void => {
  const old = liveGeneration(connection, projection);
  if (old !== undefined) dropGeneration(connection, old.generation.id);
  connection.prepare('UPDATE generations SET live = 1 WHERE id = ?').run(id);
};

export const dropGeneration = (connection: Connection, id: number): void => {
  const tables = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?")
    .all(`view_${id}_*`);
  for (const { name } of tables) connection.exec(`DROP TABLE "${String(name)}"`);
  connection.prepare('DELETE FROM checkpoints WHERE generation = ?').run(id);
  connection.prepare('DELETE FROM generations WHERE id = ?').run(id);
};

/** Drops what a crash left in the making. */
export const dropAbandoned = (connection: Connection): void => {
  for (const { id } of connection.prepare('SELECT id FROM generations WHERE live = 0').all()) {
    dropGeneration(connection, Number(id));
  }
};
