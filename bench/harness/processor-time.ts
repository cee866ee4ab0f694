import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux tells processor time in hundredths of a second (USER_HZ, the same on all of its platforms). */
const ticksPerSecond = 100;

/** Fields of /proc/<pid>/stat behind the name, which may itself hold spaces and brackets. */
const statOf = (pid: number): readonly string[] => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};

const secondsOf = (pid: number, withEndedChildren: boolean): number => {
  const fields = statOf(pid);
  const taken = fields.slice(11, withEndedChildren ? 15 : 13);
  return taken.reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
};

/** User and system time of processes so far; NaN where the system has no /proc. */
export const processorSeconds = (pids: readonly number[]): number =>
  existsSync('/proc/self/stat') ? pids.reduce((sum, pid) => sum + secondsOf(pid, false), 0) : Number.NaN;

/** The same for a server that forks: it, its children that run, and those that have ended. */
export const familySeconds = (pid: number): number => {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(Number(name))[1] === String(pid));
  return secondsOf(pid, true) + children.reduce((sum, child) => sum + secondsOf(Number(child), true), 0);
};

/** Processor time that other guests of the same host have taken from this machine so far; NaN without /proc. */
export const stolenSeconds = (): number => {
  if (!existsSync('/proc/stat')) return Number.NaN;
  const [all = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  return Number(all.split(/\s+/)[8]) / ticksPerSecond;
};
