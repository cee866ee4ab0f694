import { crashPoints, crashVariable } from './crash-points.js';
import { Acknowledged, type Counter, type Intent, serve } from './customers.js';
import type { Finding } from './outcomes.js';
import { TortureGround } from './torture-ground.js';

export interface Tortured {
  /** What is not as it must be; empty when all held. */
  readonly broken: readonly Finding[];
  readonly orders: number;
  readonly kills: number;
  /** Points at which a process died. */
  readonly hit: readonly string[];
}

/** A whole number from 0 up to and without `below`; the same seed gives the same row of them. */
export type Dice = (below: number) => number;

/** mulberry32 */
export const diceOf = (seed: number): Dice => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};

const openCounter = async (ground: TortureGround, holdSeconds: number): Promise<Counter> => {
  const shop = ground.shop();
  const saleId = await shop.openSale({ capacity: 1_000_000, holdSeconds });
  const card = await shop.issueCard(1_000_000_000_000);
  const badToken = await shop.testCard('4000000000000002');
  return { shop: ground.shop, saleId, card, badToken, told: new Acknowledged([card]) };
};

/** What comes of all at last, on a server that nobody kills. */
const settled = async (ground: TortureGround, { told }: Counter): Promise<readonly Finding[]> =>
  ground.audit(told.orderIds, () => told.expectations());

/**
 * One server after the other dies at one of the points, under customers who go on with their keys.
 * @throws Error naming the point that wasn't reached
 */
export const dieAt = async (
  folder: string,
  points: readonly string[],
  say?: (line: string) => void,
): Promise<Tortured> => {
  const ground = new TortureGround(folder);
  const customers: Promise<unknown>[] = [];
  const failed: unknown[] = [];
  const hit: string[] = [];
  try {
    await ground.start();
    const counter = await openCounter(ground, 1);
    await ground.stop();
    for (const point of points) {
      await ground.start({ [crashVariable]: point });
      const intents: readonly Intent[] = ['refund', 'declined', 'leave', 'cancel', 'keep'];
      for (const intent of intents)
        customers.push(serve(counter, intent).catch((cause: unknown) => void failed.push(cause)));
      const said = await ground.death();
      if (!said.includes(`dies at ${point}:1`)) throw new Error(`a server did not die at ${point}: ${said}`);
      hit.push(point);
      say?.(`died at ${point}`);
    }
    await ground.start();
    await Promise.all(customers);
    if (failed.length > 0) throw failed[0];
    return { broken: await settled(ground, counter), orders: counter.told.orderIds.length, kills: hit.length, hit };
  } finally {
    await ground.stop();
  }
};

export interface Killing {
  readonly kills: number;
  readonly seed: number;
  readonly customers: number;
  /** Hears of every death. */
  say?(line: string): void;
}

const intentOf = (dice: Dice): Intent =>
  (['keep', 'keep', 'keep', 'refund', 'declined', 'cancel', 'leave'] as const)[dice(7)] ?? 'keep';

/** kill -9 at any moment, sometimes at a point that is picked at random, under customers who never stop. */
export const killAtRandom = async (folder: string, { kills, seed, customers, say }: Killing): Promise<Tortured> => {
  const dice = diceOf(seed);
  const ground = new TortureGround(folder);
  const hit = new Set<string>();
  const crowd: Promise<unknown>[] = [];
  const failed: unknown[] = [];
  let isOver = false;
  try {
    await ground.start();
    const counter = await openCounter(ground, 600);
    const shopAllDay = async (): Promise<void> => {
      while (!isOver) await serve(counter, intentOf(dice), 1 + dice(3));
    };
    for (let customer = 0; customer < customers; customer++)
      crowd.push(shopAllDay().catch((cause: unknown) => void failed.push(cause)));
    for (let kill = 1; kill <= kills; kill++) {
      const timer = setTimeout(() => void ground.kill(), 50 + dice(1_500));
      const said = await ground.death();
      clearTimeout(timer);
      const point = /dies at ([\w.-]+)/.exec(said)?.[1];
      if (point !== undefined) hit.add(point);
      say?.(`kill ${kill}: ${point ?? 'at random'}, ${counter.told.orderIds.length} orders`);
      const next = `${crashPoints[dice(crashPoints.length)]}:${1 + dice(20)}`;
      await ground.start(kill === kills || dice(2) === 0 ? {} : { [crashVariable]: next });
    }
    isOver = true;
    await Promise.all(crowd);
    if (failed.length > 0) throw failed[0];
    return { broken: await settled(ground, counter), orders: counter.told.orderIds.length, kills, hit: [...hit] };
  } finally {
    isOver = true;
    await ground.stop();
  }
};
