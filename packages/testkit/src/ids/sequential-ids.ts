import type { Ids } from "@abstractruntime/core/store";

/**
 * Ids that count (`run-7-1`, `token-7-1`, …) and chance that repeats: the same seed gives the same sequence.
 *
 * @param seed a whole number; 1 by default. Two seeds share no id.
 */
export function sequentialIds(seed = 1): Ids {
  let runs = 0;
  let tokens = 0;
  return {
    runId: () => `run-${seed}-${(runs += 1)}`,
    token: () => `token-${seed}-${(tokens += 1)}`,
    random: seededRandom(seed),
  };
}

/** Numbers in [0, 1) by mulberry32 (Tommy Ettinger, 2017): small, fast, and good enough for tests. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
