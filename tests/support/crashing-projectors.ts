import { parentPort, workerData } from 'node:worker_threads';
import { adapters } from '../../src/main/adapters.js';
import { runProjectors } from '../../src/main/run-projectors.js';
import { crashing, crashVariable, readCrashAt } from './crash-points.js';

/** The thread of the projectors, which takes its process along when it dies. */
const { openStorage } = crashing(readCrashAt(process.env[crashVariable]), adapters);
if (parentPort !== null) await runProjectors(parentPort, workerData, openStorage);
