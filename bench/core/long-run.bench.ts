// What a step costs early and late in one long run: averages over windows of steps, from one effect call to another.
import { Runtime, type Workflow } from "@abstractruntime/core";
import { median } from "../measure/median.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { storeKind, withStore, type StoreKind } from "../workload/open-store.ts";
import { constantVars, growingMessages, noteCalls, stamp } from "../workload/stamping.ts";

const sizes = { store: "memory", steps: 10_000, window: 200, samples: 9 };

await benchmark("one long run", sizes, async ({ store, steps, window, samples }, folder) => {
  const starts = [10, Math.round(steps / 10), steps - window];
  const measure = async (workflow: Workflow, count: number): Promise<readonly number[][]> => {
    const found: number[][] = [];
    await oneRun(workflow, steps); // warms up, else the first steps would seem dear
    for (let sample = 0; sample < count; sample += 1) {
      const calls = await oneRun(workflow, steps);
      found.push(starts.map((start) => averageStep(calls, start, window)));
    }
    return found;
  };
  const oneRun = (workflow: Workflow, length: number): Promise<readonly number[]> =>
    callsOfOneRun(storeKind(store), folder, workflow, length);
  return [
    ...rowsOf("constant vars", await measure(constantVars, samples), steps, { atMost: 1.3 }),
    ...rowsOf("a message more each step", await measure(growingMessages, samples), steps),
  ];
});

function rowsOf(
  name: string,
  found: readonly (readonly number[])[],
  steps: number,
  bar?: { readonly atMost: number },
): readonly Row[] {
  const ratios = found.map(([early = NaN, , late = NaN]) => late / early);
  const at = [10, steps / 10, steps].map((step) => step.toLocaleString("en-US"));
  return [
    ...at.map((step, index) => ({
      what: `${name}: at step ${step}`,
      value: median(found.map((windows) => windows[index] ?? NaN)),
      unit: "µs",
    })),
    {
      what: `${name}: step ${at[2]} beside step ${at[0]}`,
      value: median(ratios),
      unit: "x",
      ...(bar === undefined ? {} : { bar }),
    },
  ];
}

async function callsOfOneRun(
  store: StoreKind,
  folder: string,
  workflow: Workflow,
  steps: number,
): Promise<readonly number[]> {
  return withStore(store, folder, async ({ store: opened }) => {
    await using runtime = new Runtime({ store: opened, effects: [stamp] });
    const calls = noteCalls();
    const vars = { n: 0, steps, context: { messages: [] } };
    await runtime.start(workflow, { vars });
    if (calls.length !== steps) throw new Error(`${steps} steps made ${calls.length} calls`);
    return calls;
  });
}

/** Microseconds per step over a window. */
function averageStep(calls: readonly number[], start: number, window: number): number {
  const from = calls[start - 1] ?? NaN;
  const to = calls[Math.min(start - 1 + window, calls.length - 1)] ?? NaN;
  return ((to - from) / Math.min(window, calls.length - start)) * 1_000;
}
