// Effect steps and runs per second in memory, beside a bare loop: the same calls, and JSON.stringify of the same records.
import { MemoryStore, Runtime, type LedgerRecord } from "@abstractruntime/core";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { timed, type Took } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { count, counting, countingVars } from "../workload/counting.ts";

const sizes = { steps: 100, runs: 500, samples: 7 };

interface Load {
  readonly steps: number;
  readonly runs: number;
  readonly concurrency: number;
}

await benchmark("steps in memory", sizes, async ({ steps, runs, samples }) => {
  const rows: Row[] = [];
  for (const concurrency of [1, 50]) {
    const name = `${concurrency} at a time`;
    const bar = concurrency === 1 ? {} : { bar: { atLeast: 25_000 } };
    const { took, ratio } = await compare({ steps, runs, concurrency }, samples);
    const perSecond = median(took.map(({ seconds }) => (runs * steps) / seconds));
    const perCpuSecond = median(took.map(({ cpuSeconds }) => (runs * steps) / cpuSeconds));
    rows.push(
      { what: `${name}: steps`, value: perSecond, unit: "steps/s", ...bar },
      { what: `${name}: steps by CPU time`, value: perCpuSecond, unit: "steps/s" },
      { what: `${name}: share of a bare loop`, value: ratio, unit: "%" },
    );
    const short = await compare({ steps: 1, runs: runs * 10, concurrency }, samples);
    const runsPerSecond = median(short.took.map(({ seconds }) => (runs * 10) / seconds));
    rows.push({ what: `${name}: runs of 1 step`, value: runsPerSecond, unit: "runs/s" });
  }
  return rows;
});

/** The runtime and the bare loop by turns, so that a busy moment of the machine meets both. */
async function compare(
  load: Load,
  samples: number,
): Promise<{ readonly took: readonly Took[]; readonly ratio: number }> {
  const commits = await commitsOfOneRun(load.steps);
  const took: Took[] = [];
  const ratios: number[] = [];
  for (let sample = -1; sample < samples; sample += 1) {
    const ours = await timed(() => runAll(load));
    const bare = await timed(() => runBare(load, commits));
    if (sample < 0) continue; // the first ones only warm up
    took.push(ours);
    ratios.push((bare.seconds / ours.seconds) * 100);
  }
  return { took, ratio: median(ratios) };
}

async function runAll({ steps, runs, concurrency }: Load): Promise<void> {
  await using runtime = new Runtime({ store: new MemoryStore(), effects: [count] });
  await inParallel(runs, concurrency, async () => {
    await runtime.start(counting, { vars: countingVars(steps) });
  });
}

/** What nobody can do without: call each effect, and make text of what is to be kept. */
async function runBare(
  { runs, concurrency }: Load,
  commits: readonly (readonly LedgerRecord[])[],
): Promise<void> {
  let bytes = 0;
  const perform = async (n: number): Promise<{ seen: number }> => ({ seen: n });
  await inParallel(runs, concurrency, async () => {
    for (const [n, records] of commits.entries()) {
      await perform(n);
      bytes += JSON.stringify(records).length;
    }
  });
  if (bytes === 0) throw new Error("the bare loop wrote nothing");
}

async function commitsOfOneRun(steps: number): Promise<readonly (readonly LedgerRecord[])[]> {
  await using runtime = new Runtime({ store: new MemoryStore(), effects: [count] });
  const { runId } = await runtime.start(counting, { vars: countingVars(steps) });
  const commits = Map.groupBy(await runtime.getLedger(runId), ({ revision }) => revision);
  if (commits.size !== steps + 1) throw new Error(`${steps} steps made ${commits.size} commits`);
  return [...commits.values()];
}
