import { type Round, type Rounds, ratesSpread } from '../harness/pairs.js';
import { median, significant } from '../harness/statistics.js';

export interface AppendRound extends Round {
  readonly isRight: boolean;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the process with the writers; our store is in it. */
  readonly writersProcessorSeconds: number;
  readonly serverProcessorSeconds: number;
}

const numberIn = (told: unknown, name: string): number => {
  const value: unknown = typeof told === 'object' && told !== null ? Reflect.get(told, name) : undefined;
  if (typeof value === 'number') return value;
  throw new Error(`no ${name} was told: ${JSON.stringify(told)}`);
};

/** What a process with writers told in the end, ours or a peer's. */
export const roundOf = (told: object, serverProcessorSeconds: number): AppendRound => {
  const latency: unknown = Reflect.get(told, 'latency');
  return {
    perSecond: numberIn(told, 'events') / numberIn(told, 'seconds'),
    isRight: Reflect.get(told, 'isRight') === true,
    p50Ms: numberIn(latency, 'p50Ms'),
    p99Ms: numberIn(latency, 'p99Ms'),
    writersProcessorSeconds: numberIn(told, 'processorSeconds'),
    serverProcessorSeconds,
  };
};

export const figuresOf = (rounds: Rounds<AppendRound>, name: string) => {
  const own = rounds.get(name) ?? [];
  const middle = (value: (round: AppendRound) => number): number => significant(median(own.map(value)));
  return {
    eventsPerSecond: ratesSpread(rounds, name),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    writersProcessorSeconds: middle((round) => round.writersProcessorSeconds),
    serverProcessorSeconds: middle((round) => round.serverProcessorSeconds),
  };
};
