import { Worker } from 'node:worker_threads';
import type { ProjectorThreadData } from '../../src/main/run-projectors.js';

/** Brings the views of a folder on until it comes to the crash point of its environment: `<folder>`. */
const [folder = ''] = process.argv.slice(2);
const workerData: ProjectorThreadData = { folder, roles: new Set(['projector']) };
new Worker(new URL('./crashing-projectors.js', import.meta.url), { workerData });
