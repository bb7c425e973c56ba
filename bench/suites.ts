/** A benchmark script, and how it is run. */
export interface Benchmark {
  readonly name: string;
  /** Its path in this folder. */
  readonly script: string;
  readonly nodeFlags?: readonly string[];
  /** Sizes that only show that it works. */
  readonly smoke: Readonly<Record<string, number>>;
}

const core: readonly Benchmark[] = [
  {
    name: "steps in memory",
    script: "core/steps-in-memory.bench.ts",
    smoke: { steps: 3, runs: 2, samples: 1 },
  },
];

/** What `pnpm bench <suite>` runs, in this order. */
export const suites: ReadonlyMap<string, readonly Benchmark[]> = new Map([["core", core]]);
