// What a hash chain adds to an effect step: the same runs over a store with it and without it, by turns.
import { Runtime, type DurableStore } from "@abstractruntime/core";
import { hashChain } from "@abstractruntime/provenance";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { timed, type Took } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Bar, Row } from "../report/row.ts";
import { openServer } from "../workload/bench-server.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { storeKind, withStore } from "../workload/open-store.ts";

const settings = { store: "memory", steps: 100, runs: 200, concurrency: 50, turns: 15 };

interface Load {
  readonly steps: number;
  readonly runs: number;
  readonly concurrency: number;
}

/** Do something with a new store, which goes away afterwards. */
type InStore = (use: (store: DurableStore) => Promise<Took>) => Promise<Took>;

await benchmark("what a hash chain costs", settings, async ({ store, turns, ...load }, folder) => {
  if (store !== "postgres") {
    const kind = storeKind(store);
    return measure(store, load, turns, (use) =>
      withStore(kind, folder, ({ store: inner }) => use(inner)),
    );
  }
  await using server = await openServer();
  await using database = await server.newDatabase();
  await using inner = await PostgresStore.open({ connectionString: database.url });
  return await measure(store, load, turns, (use) => use(inner));
});

async function measure(
  store: string,
  load: Load,
  turns: number,
  inStore: InStore,
): Promise<readonly Row[]> {
  const plain: Took[] = [];
  const chained: Took[] = [];
  for (let turn = -1; turn < turns; turn += 1) {
    const bare = (): Promise<Took> => inStore((inner) => runAll(inner, load));
    const linked = (): Promise<Took> => inStore((inner) => runAll(hashChain(inner), load));
    // Who goes first meets what the other left behind: garbage, and pages to be flushed.
    const isFirst = turn % 2 === 0;
    const [one, other] = isFirst ? [await bare(), await linked()] : [await linked(), await bare()];
    if (turn < 0) continue; // the first ones only warm up
    plain.push(isFirst ? one : other);
    chained.push(isFirst ? other : one);
  }
  return rowsOf(plain, chained, load, barsOf(store));
}

/** In memory nothing else is written: what counts is the time of the processor. Elsewhere, the share of a step. */
function barsOf(store: string): { readonly cpu?: Bar; readonly share?: Bar } {
  return store === "memory" ? { cpu: { atMost: 15 } } : { share: { atMost: 10 } };
}

function rowsOf(
  plain: readonly Took[],
  chained: readonly Took[],
  load: Load,
  bars: ReturnType<typeof barsOf>,
): readonly Row[] {
  const steps = load.runs * load.steps;
  const more = (what: keyof Took): number =>
    median(chained.map((took, turn) => took[what] - (plain[turn]?.[what] ?? NaN)));
  const ratio = median(chained.map((took, turn) => took.seconds / (plain[turn]?.seconds ?? NaN)));
  const perSecond = (took: readonly Took[]): number =>
    median(took.map(({ seconds }) => steps / seconds));
  return [
    { what: "without it", value: perSecond(plain), unit: "steps/s" },
    { what: "with it", value: perSecond(chained), unit: "steps/s" },
    { what: "what it takes of a step", value: (more("seconds") / steps) * 1e6, unit: "µs" },
    {
      what: "the same in CPU time",
      value: (more("cpuSeconds") / steps) * 1e6,
      unit: "µs",
      ...(bars.cpu !== undefined && { bar: bars.cpu }),
    },
    {
      what: "more time than without it",
      value: (ratio - 1) * 100,
      unit: "%",
      ...(bars.share !== undefined && { bar: bars.share }),
    },
  ];
}

/** The store is its opener's to close, and the runtime closes with it. */
async function runAll(store: DurableStore, { steps, runs, concurrency }: Load): Promise<Took> {
  const runtime = new Runtime({ store, effects: [count] });
  return timed(() =>
    inParallel(runs, concurrency, async () => {
      await runtime.start(counting, { vars: countingVars(steps) });
    }),
  );
}
