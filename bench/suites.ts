/** A benchmark script, and how it is run. */
export interface Benchmark {
  readonly name: string;
  /** Its path in this folder. */
  readonly script: string;
  readonly nodeFlags?: readonly string[];
  /** What it measures, where a script measures more than one thing. */
  readonly flags?: readonly string[];
  /** Sizes that only show that it works. */
  readonly smoke: Readonly<Record<string, number>>;
}

const memory = ["--store", "memory"];
const files = ["--store", "files"];

const core: readonly Benchmark[] = [
  {
    name: "steps in memory",
    script: "core/steps-in-memory.bench.ts",
    smoke: { steps: 3, runs: 2, samples: 1 },
  },
  {
    name: "steps on files",
    script: "core/steps-on-files.bench.ts",
    smoke: { steps: 3, concurrency: 2, samples: 1 },
  },
  {
    name: "one long run, in memory",
    script: "core/long-run.bench.ts",
    flags: memory,
    smoke: { steps: 40, window: 5, samples: 1 },
  },
  {
    name: "one long run, on files",
    script: "core/long-run.bench.ts",
    flags: [...files, "--samples", "3"],
    smoke: { steps: 40, window: 5, samples: 1 },
  },
  {
    name: "large vars, in memory",
    script: "core/large-vars.bench.ts",
    flags: memory,
    smoke: { kilobytes: 10, steps: 5, samples: 1 },
  },
  {
    name: "large vars, on files",
    script: "core/large-vars.bench.ts",
    flags: [...files, "--steps", "300"],
    smoke: { kilobytes: 10, steps: 5, samples: 1 },
  },
  {
    name: "bytes written",
    script: "core/bytes-per-step.bench.ts",
    smoke: { kilobytes: 10, steps: 5 },
  },
  ...["memory", "files"].flatMap((store) =>
    ["one-run", "many-runs"].map((work) => ({
      name: `memory kept, ${work.replace("-", " ")} ${store === "memory" ? "in memory" : "on files"}`,
      script: "core/memory-growth.bench.ts",
      nodeFlags: ["--expose-gc"],
      flags: ["--store", store, "--work", work],
      smoke: { steps: 5, runs: 5, warmUp: 2 },
    })),
  ),
  {
    name: "a fork of a long run, on files",
    script: "core/fork.bench.ts",
    smoke: { steps: 20, samples: 1 },
  },
  {
    name: "many children",
    script: "core/many-children.bench.ts",
    nodeFlags: ["--expose-gc"],
    smoke: { children: 6, least: 3, most: 12, atATime: 2, samples: 1 },
  },
  { name: "importing core", script: "core/import-time.bench.ts", smoke: { pairs: 1 } },
];

const peers: readonly Benchmark[] = [
  {
    name: "ten steps",
    script: "peers/ten-steps.bench.ts",
    smoke: { steps: 2, concurrency: 2, milliseconds: 1, warmUps: 1, turns: 1 },
  },
  {
    name: "answered waits",
    script: "peers/answered-waits.bench.ts",
    smoke: { runs: 3, concurrency: 2, turns: 1 },
  },
  {
    name: "large state",
    script: "peers/large-state.bench.ts",
    smoke: { growing: 3, editing: 3, kilobytes: 2, window: 1, turns: 1 },
  },
  {
    name: "due timers",
    script: "peers/due-timers.bench.ts",
    smoke: { timers: 3, leadMs: 500, turns: 1 },
  },
];

const scheduler: readonly Benchmark[] = [
  {
    name: "runs by workers",
    script: "scheduler/runs-by-workers.bench.ts",
    smoke: { runs: 3, steps: 2, concurrency: 2, turns: 1 },
  },
  {
    name: "many timers",
    script: "scheduler/many-timers.bench.ts",
    smoke: { few: 2, many: 4, leadMs: 500, turns: 1 },
  },
  {
    name: "an idle scheduler",
    script: "scheduler/idle.bench.ts",
    smoke: { waiting: 10, claims: 2, seconds: 1 },
  },
];

const agent: readonly Benchmark[] = [
  ...["memory", "files"].map((store) => ({
    name: `a long conversation, ${store === "memory" ? "in memory" : "on files"}`,
    script: "agent/long-conversation.bench.ts",
    flags: ["--store", store],
    smoke: { turns: 6, window: 2, samples: 1 },
  })),
  {
    name: "memory kept by a conversation",
    script: "agent/memory-growth.bench.ts",
    nodeFlags: ["--expose-gc"],
    smoke: { turns: 4, agents: 2 },
  },
];

const provenance: readonly Benchmark[] = [
  ...(
    [
      ["memory", "in memory"],
      ["files", "on files"],
      ["postgres", "on PostgreSQL"],
    ] as const
  ).map(([store, where]) => ({
    name: `a hash chain, ${where}`,
    script: "provenance/chain-cost.bench.ts",
    flags: ["--store", store],
    smoke: { steps: 3, runs: 2, concurrency: 2, turns: 1 },
  })),
  ...["memory", "files"].map((store) => ({
    name: `sealed heads ${store === "memory" ? "in memory" : "on files"}`,
    script: "provenance/seal-cost.bench.ts",
    flags: ["--store", store],
    smoke: { steps: 3, runs: 2, concurrency: 2, turns: 1 },
  })),
  ...["memory", "files"].map((store) => ({
    name: `privacy ${store === "memory" ? "in memory" : "on files"}`,
    script: "provenance/privacy-cost.bench.ts",
    flags: ["--store", store],
    smoke: { steps: 3, runs: 2, concurrency: 2, turns: 1 },
  })),
  {
    name: "verification",
    script: "provenance/verification.bench.ts",
    smoke: { records: 20, turns: 1 },
  },
];

/** What `pnpm bench <suite>` runs, in this order. */
const llm: readonly Benchmark[] = [
  {
    name: "model calls",
    script: "llm/model-calls.bench.ts",
    smoke: { calls: 5, httpCalls: 3, samples: 1 },
  },
];

export const suites: ReadonlyMap<string, readonly Benchmark[]> = new Map([
  ["core", core],
  ["peers", peers],
  ["scheduler", scheduler],
  ["provenance", provenance],
  ["agent", agent],
  ["llm", llm],
]);
