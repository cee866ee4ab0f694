import type { Told } from './told.js';
import type { World } from './world.js';

/** Asks at the end whether everything that was promised holds. */
export const brokenPromises = async (world: World, told: Told): Promise<readonly string[]> => {
  const broken: string[] = [];
  const parked = [...world.durable.parked.values()];
  for (const { group, stream, reason } of parked) broken.push(`${stream} is parked for ${group}: ${reason}`);
  for (const { projectors, host } of world.instances) {
    for (const projector of projectors) {
      const found = await during(world, projector.verify());
      for (const difference of found.differences) {
        broken.push(`view ${projector.group} on ${host.name}: ${JSON.stringify(difference)}`);
      }
    }
  }
  if (told.orders.size > 0 && world.durable.log.all.length === 0) broken.push('nothing was kept');
  return broken;
};

/** Lets virtual time go on until the work is done. */
const during = async <T>(world: World, work: Promise<T>): Promise<T> => {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  await world.scheduler.until(() => isDone, 100_000);
  return done;
};
