// Children of one run, beside as many runs of their own: time, growth with their number, memory, and what their parent
// holds. Needs node --expose-gc.
import { MemoryArtifactStore, MemoryStore, offload, Runtime } from "@abstractruntime/core";
import { settledHeap } from "../measure/heap.ts";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { timed } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { count } from "../workload/counting.ts";
import { fanning, itemsOf, single } from "../workload/fanning.ts";

const sizes = { children: 10_000, least: 1_000, most: 50_000, atATime: 256, samples: 7 };

const fan = fanning({ listed: false });
const fewAtATime = fanning({ listed: true, maxConcurrency: 10 });

await benchmark("many children", sizes, async ({ children, least, most, atATime, samples }) => [
  ...(await besideRuns(children, atATime, samples)),
  ...(await growth("branches", fan, [least, children, most], samples)),
  ...(await growth("listed branches, 10 at a time", fewAtATime, [least, children], samples)),
  ...(await memoryKept(children, atATime)),
  ...(await parentAtRest([least, children])),
]);

/** By turns, so that a busy moment of the machine meets both. */
async function besideRuns(children: number, atATime: number, samples: number): Promise<Row[]> {
  const perSecond: number[] = [];
  const ratios: number[] = [];
  for (let sample = -1; sample < samples; sample += 1) {
    const joined = await timed(() => joinAll(fan, children));
    const alone = await timed(() => runAll(children, atATime));
    if (sample < 0) continue; // the first ones only warm up
    perSecond.push(children / joined.seconds);
    ratios.push(joined.seconds / alone.seconds);
  }
  const name = `${text(children)} branches`;
  return [
    { what: name, value: median(perSecond), unit: "branches/s" },
    { what: `${name}, beside as many runs`, value: median(ratios), unit: "x", bar: { atMost: 2 } },
  ];
}

/** What one child costs among few and among many. */
async function growth(
  name: string,
  workflow: typeof fan,
  numbers: readonly number[],
  samples: number,
): Promise<Row[]> {
  const ratios = numbers.map((): number[] => []);
  for (let sample = -1; sample < samples; sample += 1) {
    const costs: number[] = [];
    for (const children of numbers) {
      const { seconds } = await timed(() => joinAll(workflow, children));
      costs.push(seconds / children);
    }
    if (sample >= 0)
      costs.forEach((cost, index) => void ratios[index]?.push(cost / (costs[0] ?? NaN)));
  }
  return numbers.slice(1).map((children, index) => ({
    what: `${name}: one of ${text(children)}, beside one of ${text(numbers[0] ?? 0)}`,
    value: median(ratios[index + 1] ?? []),
    unit: "x",
    bar: { atMost: 1.5 },
  }));
}

async function joinAll(workflow: typeof fan, children: number): Promise<void> {
  await using runtime = new Runtime({ store: new MemoryStore(), effects: [count] });
  await join(runtime, workflow, children);
}

async function join(runtime: Runtime, workflow: typeof fan, children: number): Promise<string> {
  const run = await runtime.start(workflow, { vars: itemsOf(children) });
  if ((await run.result()) !== children) throw new Error("a child is missing");
  return run.runId;
}

async function runAll(runs: number, atATime: number): Promise<void> {
  await using runtime = new Runtime({ store: new MemoryStore(), effects: [count] });
  await startEach(runtime, runs, atATime);
}

async function startEach(runtime: Runtime, runs: number, atATime: number): Promise<void> {
  await inParallel(runs, atATime, async (item) => {
    await runtime.start(single, { vars: { item } });
  });
}

/** Heap that a child leaves in a store in memory, its share of the parent included; and what a run leaves. */
async function memoryKept(children: number, atATime: number): Promise<Row[]> {
  const keptBy = async (work: (runtime: Runtime) => Promise<unknown>): Promise<number> => {
    await using runtime = new Runtime({ store: new MemoryStore(), effects: [count] });
    const before = await settledHeap();
    await work(runtime);
    return ((await settledHeap()) - before) / children;
  };
  const child = await keptBy((runtime) => join(runtime, fan, children));
  const alone = await keptBy((runtime) => startEach(runtime, children, atATime));
  return [
    { what: "heap kept by a branch", value: child, unit: "bytes" },
    { what: "heap kept by a run", value: alone, unit: "bytes" },
  ];
}

/** Bytes of the parent's records at rest, its list of items and its results apart: counters and references are left. */
async function parentAtRest(numbers: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const children of numbers) {
    const artifacts = new MemoryArtifactStore();
    const store = offload(new MemoryStore(), { artifacts, thresholdBytes: 1_000 });
    await using runtime = new Runtime({ store, effects: [count] });
    const runId = await join(runtime, fan, children);
    const texts = await store.recordTexts(runId);
    const waits = texts.find((record) => record.includes('"kind":"waiting"')) ?? "";
    const batches = texts.filter((record) => record.includes('"kind":"branched"')).length;
    const rest = texts.filter((record) => !record.includes('"kind":"branched"'));
    rows.push(
      { what: `the wait for ${text(children)}, at rest`, value: waits.length, unit: "bytes" },
      {
        what: `the parent of ${text(children)}, at rest`,
        value: rest.reduce((sum, record) => sum + record.length, 0),
        unit: "bytes",
        note: `and ${batches} records of batches`,
      },
    );
  }
  return rows;
}

function text(number: number): string {
  return number.toLocaleString("en-US");
}
