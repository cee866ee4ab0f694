import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/** A third of what a thread gets that doesn't give way: views stay a little behind, and never for long. */
const niceness = 5;

/** Lets other threads go first where processors are short. Only Linux has a priority for each thread. */
export const letOthersGoFirst = (): void => {
  if (process.platform !== 'linux') return;
  setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness);
};
