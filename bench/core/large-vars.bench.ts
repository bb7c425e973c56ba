// A step that changes 100 bytes of large vars, beside the same step with next to nothing around them.
import { Runtime } from "@abstractruntime/core";
import { median } from "../measure/median.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { shapes, type Shape } from "../workload/large-vars.ts";
import { storeKind, withStore, type StoreKind } from "../workload/open-store.ts";
import { noteCalls, stamp } from "../workload/stamping.ts";

const settings = { store: "memory", kilobytes: 1_000, steps: 1_000, samples: 9 };

await benchmark("large vars", settings, async ({ store, kilobytes, steps, samples }, folder) => {
  const rows: Row[] = [];
  for (const shape of shapes)
    rows.push(
      ...(await compare({ shape, kilobytes, steps, store: storeKind(store), folder }, samples)),
    );
  return rows;
});

interface Case {
  readonly shape: Shape;
  readonly kilobytes: number;
  readonly steps: number;
  readonly store: StoreKind;
  readonly folder: string;
}

/** Large and empty by turns, so that a busy moment of the machine meets both. */
async function compare(which: Case, samples: number): Promise<readonly Row[]> {
  const large: number[] = [];
  const empty: number[] = [];
  for (let sample = -1; sample < samples; sample += 1) {
    const costs = [await stepCost(which), await stepCost({ ...which, kilobytes: 0 })];
    if (sample < 0) continue; // the first ones only warm up
    large.push(costs[0] ?? NaN);
    empty.push(costs[1] ?? NaN);
  }
  const { name } = which.shape;
  const ratio = median(large.map((cost, sample) => cost / (empty[sample] ?? NaN)));
  return [
    { what: `${name}: a step`, value: median(large), unit: "µs" },
    { what: `${name}: a step with empty vars`, value: median(empty), unit: "µs" },
    { what: `${name}: beside empty vars`, value: ratio, unit: "x", bar: { atMost: 1.5 } },
  ];
}

/** Microseconds per step of one run, from its first effect call to its last. */
async function stepCost({ shape, kilobytes, steps, store, folder }: Case): Promise<number> {
  return withStore(store, folder, async ({ store: opened }) => {
    await using runtime = new Runtime({ store: opened, effects: [stamp] });
    const calls = noteCalls();
    await runtime.start(shape.workflow, { vars: { n: 0, steps, ...shape.vars(kilobytes) } });
    if (calls.length !== steps) throw new Error(`${steps} steps made ${calls.length} calls`);
    return (((calls.at(-1) ?? NaN) - (calls[0] ?? NaN)) / (steps - 1)) * 1_000;
  });
}
