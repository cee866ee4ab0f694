import type { Chance } from './chance.js';

/** How badly a run is treated. Probabilities are per call, message or batch unless told otherwise. */
export interface Weather {
  /** Of a process's end, per step of the run. */
  crash: number;
  appendRefused: number;
  appendUnknown: number;
  readRefused: number;
  messageLost: number;
  messageTwice: number;
  /** Of a message or call that takes seconds instead of milliseconds. */
  slow: number;
  redelivery: number;
  rebalance: number;
  viewsFail: number;
  /** Of the views' store going away for a while, per step of the run. */
  viewsAway: number;
  viewsLost: number;
  responseLost: number;
  clockJump: number;
}

export const calm: Weather = {
  crash: 0,
  appendRefused: 0,
  appendUnknown: 0,
  readRefused: 0,
  messageLost: 0,
  messageTwice: 0,
  slow: 0,
  redelivery: 0,
  rebalance: 0,
  viewsFail: 0,
  viewsAway: 0,
  viewsLost: 0,
  responseLost: 0,
  clockJump: 0,
};

const worst: Weather = {
  crash: 0.002,
  appendRefused: 0.1,
  appendUnknown: 0.1,
  readRefused: 0.03,
  messageLost: 0.2,
  messageTwice: 0.2,
  slow: 0.05,
  redelivery: 0.2,
  rebalance: 0.05,
  viewsFail: 0.1,
  viewsAway: 0.001,
  viewsLost: 0.0001,
  responseLost: 0.3,
  clockJump: 0.001,
};

/** Each kind of trouble is left out, light or heavy, each by itself: some defects show only where little else goes wrong. */
export const weatherOf = (chance: Chance): Weather => {
  const weather = { ...calm };
  for (const name of Object.keys(worst) as (keyof Weather)[]) {
    weather[name] = worst[name] * chance.one([0, 0.2, 1]);
  }
  return weather;
};
