// Memory that is left after much work: a run of many steps, and many runs that were purged. Needs node --expose-gc.
import { Runtime } from "@abstractruntime/core";
import { settledHeap } from "../measure/heap.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { storeKind, withStore, type OpenedStore } from "../workload/open-store.ts";

const settings = { store: "memory", work: "one-run", steps: 10_000, runs: 10_000, warmUp: 500 };
const afterAll = "9999-12-31T00:00:00Z";
const bar = { atMost: 30 };

await benchmark("memory growth", settings, async (given, folder) => {
  const { store, work, steps, runs, warmUp } = given;
  const measure =
    work === "one-run"
      ? (opened: OpenedStore) => oneRun(opened, steps, warmUp)
      : (opened: OpenedStore) => manyRuns(opened, runs, warmUp);
  const rows = await withStore(storeKind(store), folder, measure);
  // maxRSS is in kilobytes.
  return [...rows, { what: "peak RSS", value: process.resourceUsage().maxRSS / 1_000, unit: "MB" }];
});

async function oneRun({ store }: OpenedStore, steps: number, warmUp: number): Promise<Row[]> {
  await using runtime = new Runtime({ store, effects: [count] });
  await runtime.start(counting, { vars: countingVars(warmUp) });
  await purge(runtime);
  const before = await settledHeap();
  await runtime.start(counting, { vars: countingVars(steps) });
  const ended = await settledHeap();
  await purge(runtime);
  const purged = await settledHeap();
  const name = `a run of ${steps.toLocaleString("en-US")} steps`;
  return [
    { what: `${name}, ended`, value: megabytes(ended - before), unit: "MB", bar },
    { what: `${name}, purged`, value: megabytes(purged - before), unit: "MB", bar },
  ];
}

async function manyRuns({ store }: OpenedStore, runs: number, warmUp: number): Promise<Row[]> {
  await using runtime = new Runtime({ store, effects: [count] });
  await runAndPurge(runtime, warmUp);
  const before = await settledHeap();
  await runAndPurge(runtime, runs);
  const purged = await settledHeap();
  const name = `${runs.toLocaleString("en-US")} runs, purged`;
  return [{ what: name, value: megabytes(purged - before), unit: "MB", bar }];
}

/** One run after another, purged in hundreds as a janitor would. */
async function runAndPurge(runtime: Runtime, runs: number): Promise<void> {
  for (let run = 1; run <= runs; run += 1) {
    await runtime.start(counting, { vars: countingVars(3) });
    if (run % 100 === 0) await purge(runtime);
  }
  await purge(runtime);
}

async function purge(runtime: Runtime): Promise<void> {
  await runtime.store.purge({ endedBefore: afterAll });
  const { items } = await runtime.listRuns();
  if (items.length > 0) throw new Error(`${items.length} runs are left after a purge`);
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}
