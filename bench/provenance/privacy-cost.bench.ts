// What redaction, encryption and digests add to an effect step: the same runs over a store with each and without, by turns.
import { randomBytes } from "node:crypto";
import { MemoryArtifactStore, Runtime, type DurableStore } from "@abstractruntime/core";
import { digestPayloads, encrypt, redact } from "@abstractruntime/provenance";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { timed, type Took } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { storeKind, withStore } from "../workload/open-store.ts";

const settings = { store: "memory", steps: 100, runs: 100, concurrency: 50, turns: 9 };

interface Load {
  readonly steps: number;
  readonly runs: number;
  readonly concurrency: number;
}

const keys = { current: "k1", keys: { k1: randomBytes(32) } };

const decorators: Readonly<Record<string, (store: DurableStore) => DurableStore>> = {
  "without any": (store) => store,
  redact: (store) => redact(store),
  encrypt: (store) => encrypt(store, { keys }),
  digestPayloads: (store) => digestPayloads(store, { payloads: new MemoryArtifactStore() }),
};

await benchmark("what privacy costs", settings, async ({ store, turns, ...load }, folder) => {
  const took = new Map<string, Took[]>();
  for (let turn = -1; turn < turns; turn += 1)
    for (const [name, decorate] of Object.entries(decorators)) {
      const one = await withStore(storeKind(store), folder, ({ store: inner }) =>
        runAll(decorate(inner), load),
      );
      if (turn >= 0) took.set(name, [...(took.get(name) ?? []), one]); // the first ones only warm up
    }
  return [...took].flatMap(([name, each]) =>
    rowsOf(name, each, took.get("without any") ?? [], load),
  );
});

function rowsOf(
  name: string,
  took: readonly Took[],
  plain: readonly Took[],
  { runs, steps }: Load,
): readonly Row[] {
  const perSecond = median(took.map(({ seconds }) => (runs * steps) / seconds));
  const speed: Row = { what: `${name}: steps`, value: perSecond, unit: "steps/s" };
  if (took === plain) return [speed];
  const more = median(
    took.map(({ cpuSeconds }, turn) => cpuSeconds - (plain[turn]?.cpuSeconds ?? NaN)),
  );
  const microseconds = (more / (runs * steps)) * 1e6;
  return [speed, { what: `${name}: more CPU time per step`, value: microseconds, unit: "µs" }];
}

/** Each runtime closes with its runs, and leaves the store to whoever opened it. */
async function runAll(store: DurableStore, { steps, runs, concurrency }: Load): Promise<Took> {
  const runtime = new Runtime({ store, effects: [count] });
  return timed(() =>
    inParallel(runs, concurrency, async () => {
      await runtime.start(counting, { vars: countingVars(steps) });
    }),
  );
}
