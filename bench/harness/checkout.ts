import { join } from 'node:path';

/** Folder of the project; compiled files of the harness lie three levels below it. */
export const root = join(import.meta.dirname, '..', '..', '..');
