/** How many times more than `npm test` does: `npm run explore` sets it, and with it draws other seeds each time. */
export const EXPLORE_FACTOR = Number(process.env.EXPLORE_FACTOR ?? 1);
/** What `npm test` begins with, so that a run is green or red whoever runs it. */
const FIXED_SEED = 20_261_129;

/** The seed that the environment names, so that a failure can be repeated; else the fixed one, or another when exploring. */
export function drawSeed(variable: string): number {
  const given = process.env[variable];
  if (given !== undefined) return Number(given);
  return process.env.EXPLORE_FACTOR === undefined ? FIXED_SEED : Math.floor(Math.random() * 2 ** 31);
}

/** Chance that can be repeated: the same seed draws the same numbers. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Mulberry32: small, fast and even enough to choose what a test does next. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (choices) => choices[below(choices.length)] ?? choices[0] };
}
