// What sealed heads add to an effect step of a chained ledger: the same runs with a key and without, by turns.
import { Runtime, type DurableStore } from "@abstractruntime/core";
import { hashChain, KeySigner, sealHeads } from "@abstractruntime/provenance";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { timed, type Took } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { storeKind, withStore } from "../workload/open-store.ts";

const settings = { store: "memory", steps: 100, runs: 200, concurrency: 50, turns: 15 };

interface Load {
  readonly steps: number;
  readonly runs: number;
  readonly concurrency: number;
}

await benchmark("what sealed heads cost", settings, async ({ store, turns, ...load }, folder) => {
  const seal = sealHeads({ signers: KeySigner.generate() });
  const once = (isSealed: boolean): Promise<Took> =>
    withStore(storeKind(store), folder, ({ store: inner }) =>
      runAll(hashChain(inner, isSealed ? { seal } : {}), load),
    );
  const chained: Took[] = [];
  const sealed: Took[] = [];
  for (let turn = -1; turn < turns; turn += 1) {
    // Who goes first meets what the other left behind: garbage, and pages to be flushed.
    const isSealedFirst = turn % 2 === 0;
    const [one, other] = [await once(isSealedFirst), await once(!isSealedFirst)];
    if (turn < 0) continue; // the first ones only warm up
    sealed.push(isSealedFirst ? one : other);
    chained.push(isSealedFirst ? other : one);
  }
  const steps = load.runs * load.steps;
  const more = (what: keyof Took): number =>
    median(sealed.map((took, turn) => took[what] / (chained[turn]?.[what] ?? NaN) - 1)) * 100;
  const perSecond = (took: readonly Took[]): number =>
    median(took.map(({ seconds }) => steps / seconds));
  return [
    { what: "chained", value: perSecond(chained), unit: "steps/s" },
    { what: "chained and sealed", value: perSecond(sealed), unit: "steps/s" },
    { what: "more time than the chain alone", value: more("seconds"), unit: "%" },
    { what: "the same in CPU time", value: more("cpuSeconds"), unit: "%" },
  ];
});

/** Each runtime closes with its runs, and leaves the store to whoever opened it. */
async function runAll(store: DurableStore, { steps, runs, concurrency }: Load): Promise<Took> {
  const runtime = new Runtime({ store, effects: [count] });
  return timed(() =>
    inParallel(runs, concurrency, async () => {
      await runtime.start(counting, { vars: countingVars(steps) });
    }),
  );
}
