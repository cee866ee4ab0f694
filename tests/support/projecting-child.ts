import { Worker } from 'node:worker_threads';
import type { ProjectorThreadData } from '../../src/main/run-projectors.js';
import { readSettings } from '../../src/main/settings.js';

/** Brings the views of a folder on until it comes to the crash point of its environment: `<folder>`. */
const [folder = ''] = process.argv.slice(2);
const workerData: ProjectorThreadData = {
  settings: readSettings({ BOXOFFICE_DATA: folder }),
  roles: new Set(['projector']),
};
new Worker(new URL('./crashing-projectors.js', import.meta.url), { workerData });
