import { Worker } from 'node:worker_threads';
import { type CrashAt, readCrashAt } from '../../src/main/crash-points.js';
import type { ProjectorThreadData } from '../../src/main/projector-thread.js';

/** Brings the views of a folder on until it comes to its crash point: `<folder> <point>:<nth>`. */
const [folder = '', at = ''] = process.argv.slice(2);
const crashAt: CrashAt | undefined = readCrashAt(at);
const workerData: ProjectorThreadData = { folder, crashAt };
new Worker(new URL('../../src/main/projector-thread.js', import.meta.url), { workerData });
