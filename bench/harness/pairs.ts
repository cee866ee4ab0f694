import { type Spread, spreadOf } from './statistics.js';

/** What one round of one entrant came to. */
export interface Round {
  /** Work done a second: what entrants are compared by. */
  readonly perSecond: number;
}

export interface Entrant<R extends Round> {
  readonly name: string;
  /** One whole round, prepared and checked by itself. */
  run(round: number): Promise<R>;
}

export type Rounds<R extends Round> = ReadonlyMap<string, readonly R[]>;

/**
 * Lets entrants take turns, in order in one round and backwards in the next (A B B A …), so that a machine that gets
 * slower or faster meanwhile does so for all.
 * @param warmUps rounds before the first that counts
 */
export const alternate = async <R extends Round>(
  entrants: readonly Entrant<R>[],
  { rounds, warmUps = 1, onRound }: AlternateOptions<R>,
): Promise<Rounds<R>> => {
  const results = new Map<string, R[]>(entrants.map(({ name }) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    const isReversed = Math.abs(round) % 2 === 1;
    for (const entrant of isReversed ? entrants.toReversed() : entrants) {
      const result = await entrant.run(round);
      onRound?.(entrant.name, round, result);
      if (round >= 0) results.get(entrant.name)?.push(result);
    }
  }
  return results;
};

export interface AlternateOptions<R extends Round> {
  readonly rounds: number;
  /** 1 unless told otherwise. */
  readonly warmUps?: number;
  /** Told after each round; warm-ups are negative. */
  readonly onRound?: (name: string, round: number, result: R) => void;
}

const ratesOf = <R extends Round>(rounds: Rounds<R>, name: string): readonly number[] => {
  const found = rounds.get(name);
  if (found === undefined || found.length === 0) throw new Error(`no rounds of ${name}`);
  return found.map(({ perSecond }) => perSecond);
};

export const ratesSpread = <R extends Round>(rounds: Rounds<R>, name: string): Spread =>
  spreadOf(ratesOf(rounds, name));

/** Rate of one by the rate of the other, round by round. */
export const ratioSpread = <R extends Round>(rounds: Rounds<R>, ours: string, theirs: string): Spread => {
  const peer = ratesOf(rounds, theirs);
  return spreadOf(ratesOf(rounds, ours).map((rate, round) => rate / (peer[round] ?? Number.NaN)));
};
