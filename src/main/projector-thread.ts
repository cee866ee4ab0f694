import { parentPort, workerData } from 'node:worker_threads';
import { runProjectors } from './run-projectors.js';
import { openStorage } from './storage.js';

if (parentPort !== null) await runProjectors(parentPort, workerData, openStorage);
