import { DatabaseSync } from 'node:sqlite';
import { letOthersGoFirst } from '../../runtime/priority.js';
import { problemIn } from './whole-check.js';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('names no file');
letOthersGoFirst();
process.once('disconnect', () => process.exit());
const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
process.send?.({ found: problemIn(db) ?? null });
process.disconnect();
