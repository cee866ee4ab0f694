import { Buyer } from './buyer.js';
import { Operator } from './operator.js';
import { Organiser } from './organiser.js';
import { Promises } from './promises.js';
import { Told } from './told.js';
import { Trace } from './trace.js';
import { World } from './world.js';

export interface Run {
  readonly seed: number;
  /** What does not hold; none when all is well. */
  readonly broken: readonly string[];
  /** The same for the same seed and the same code. */
  readonly digest: string;
  readonly steps: number;
  readonly events: number;
  /** What led there, the last lines. */
  readonly last: readonly string[];
}

const minuteMs = 60_000;
const troubleLastsMs = 15 * minuteMs;
const stepsLimit = 400_000;

/** Time that passes at the end, so that all that waits for its time has it. */
const waits = [10_000, minuteMs, 2 * minuteMs, 5 * minuteMs, 15 * minuteMs, 60 * minuteMs, 120 * minuteMs];

/** One run: actors, trouble, then calm until everything rests, then the question whether all that was promised holds. */
export const simulate = async (seed: number, hear?: (line: string) => void): Promise<Run> => {
  const trace = new Trace(hear);
  const world = new World(seed, trace);
  const told = new Told();
  const broken: string[] = [];
  try {
    await live(world, told);
    if (world.found.length === 0) await rest(world);
    if (world.found.length === 0) broken.push(...(await during(world, new Promises(world, told).broken())));
  } catch (error) {
    if (world.found.length === 0)
      broken.push(`the run ended early: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  broken.unshift(...world.found, ...told.complaints);
  await world.durable.close();
  const { steps } = world.scheduler;
  const events = world.durable.log.all.length;
  return { seed, broken, digest: trace.digest(), steps, events, last: trace.last };
};

const live = async (world: World, told: Told): Promise<void> => {
  const { chance, scheduler } = world;
  world.start();
  let left = 0;
  const play = (actor: { live(): Promise<void> }): void => {
    left++;
    actor.live().then(
      () => left--,
      (error: unknown) => {
        left--;
        told.complaints.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      },
    );
  };
  play(new Organiser(world, told));
  play(new Operator(world));
  for (let buyers = chance.between(3, 12); buyers > 0; buyers--) play(new Buyer(`buyer-${buyers}`, world, told));
  const isOver = (): boolean => {
    world.trouble();
    return left === 0 || world.found.length > 0 || scheduler.now > troubleLastsMs;
  };
  await scheduler.until(isOver, stepsLimit);
  world.calmDown();
  await scheduler.until(() => left === 0 || world.found.length > 0, stepsLimit);
};

const rest = async (world: World): Promise<void> => {
  const { scheduler, broker } = world;
  for (const wait of waits) {
    scheduler.skip(wait);
    const end = scheduler.now + minuteMs / 2;
    await scheduler.until(() => scheduler.now >= end && broker.isCaughtUp, stepsLimit);
  }
};

/** Lets virtual time go on until the work is done. */
const during = async <T>(world: World, work: Promise<T>): Promise<T> => {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  await world.scheduler.until(() => isDone, stepsLimit);
  return done;
};
