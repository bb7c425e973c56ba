import { askUser, complete, defineWorkflow } from "@abstractruntime/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { scriptedEffect, simulate, type SimulationOptions } from "../src/index.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 100);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

interface Numbers {
  n: number;
  by?: string;
  work?: unknown;
  said?: unknown;
}

/** Takes `{ n: number }`, and adds a default. */
const numbers = {
  "~standard": {
    version: 1 as const,
    vendor: "test",
    types: undefined as { input: Numbers; output: Numbers } | undefined,
    validate: (value: unknown) => {
      const { n } = value as { n?: unknown };
      return typeof n === "number"
        ? { value: { n, by: "schema" } }
        : { issues: [{ message: "give a number", path: ["n"] }] };
    },
  },
};

const works = defineWorkflow({
  id: "works",
  entry: "work",
  vars: numbers,
  nodes: {
    work: () => ({ effect: { type: "work", payload: {}, resultKey: "work" }, nextNode: "ask" }),
    ask: () => askUser({ prompt: "?", resultKey: "said", next: "end" }),
    end: ({ vars }) => complete([vars.n, vars.by, vars.work, vars.said]),
  },
});

const inputs = { good: { n: 1 }, better: { n: 2 }, bad: { n: "one" } };

const options: SimulationOptions = {
  byClient: true,
  workflows: [works],
  effects: ({ clock }) => [
    scriptedEffect({
      type: "work",
      replay: "never",
      clock,
      outcomes: [{ result: 1, afterMs: 20 }],
    }),
  ],
  start: Object.entries(inputs).map(([id, vars]) => ({ workflow: works, id, vars })),
  outside: ({ runId, waiting: { waitId, gate } }) =>
    gate === null
      ? [{ kind: "answer", runId, waitId, payload: `yes, ${runId}` }]
      : [{ kind: "settle", runId, waitId, verdict: { happened: 1 } }],
};

it("runs that clients start and answer end alike, however often their drivers crash", async () => {
  const calm = await simulate(options);
  expect(calm.runs.get("good")?.run).toMatchObject({
    status: "completed",
    output: [1, "schema", 1, "yes, good"],
  });
  expect(calm.runs.get("bad")?.run).toMatchObject({
    status: "failed",
    error: { code: "schema_mismatch" },
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 4 }),
      async (chance, drivers) => {
        const rough = await simulate({
          ...options,
          seed: chance,
          drivers,
          crashes: 4,
          faults: { failed: 0.02, lost: 0.03, delayed: 0.05 },
        });
        expect(rough.ends).toEqual(calm.ends);
        for (const { ledger } of rough.runs.values())
          expect(ledger.filter(({ kind }) => kind === "entered").length).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns, seed },
  );
});
