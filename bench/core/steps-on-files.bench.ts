// Effect steps per second on files, beside bare loops that write and flush the very same bytes: one, and 50 at a time.
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Runtime } from "@abstractruntime/core";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { timed } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { inNewFolder, withStore } from "../workload/open-store.ts";

const settings = { steps: 500, concurrency: 50, samples: 9 };

await benchmark("steps on files", settings, async ({ steps, concurrency, samples }, folder) => {
  const commits = await commitsOfOneRun(steps, folder);
  const rows: Row[] = [];
  for (const runs of [1, concurrency]) {
    const name = `${runs} at a time`;
    const ours: number[] = [];
    const bare: number[] = [];
    // By turns, so that a busy moment of the disk meets both.
    for (let sample = -1; sample < samples; sample += 1) {
      const [mine, theirs] = [
        await runAll(runs, steps, folder),
        await writeAll(runs, commits, folder),
      ];
      if (sample < 0) continue; // the first ones only warm up
      ours.push((runs * steps) / mine);
      bare.push((runs * steps) / theirs);
    }
    const shares = ours.map((perSecond, sample) => (perSecond / (bare[sample] ?? NaN)) * 100);
    rows.push(
      { what: `${name}: steps`, value: median(ours), unit: "steps/s" },
      { what: `${name}: the bare loop`, value: median(bare), unit: "steps/s" },
      { what: `${name}: share of it`, value: median(shares), unit: "%", bar: { atLeast: 60 } },
    );
  }
  return rows;
});

/** Seconds that so many runs take side by side. */
async function runAll(runs: number, steps: number, scratch: string): Promise<number> {
  return withStore("files", scratch, async ({ store }) => {
    await using runtime = new Runtime({ store, effects: [count] });
    const took = await timed(() =>
      inParallel(runs, runs, async () => {
        const run = await runtime.start(counting, { vars: countingVars(steps) });
        await run.result();
      }),
    );
    return took.seconds;
  });
}

/** Seconds that so many loops take side by side: append what a commit appends, and flush it. */
async function writeAll(
  loops: number,
  commits: readonly Uint8Array[],
  scratch: string,
): Promise<number> {
  return inNewFolder(scratch, async (folder) => {
    const took = await timed(() =>
      inParallel(loops, loops, async (loop) => {
        const file = await open(join(folder, `${loop}.jsonl`), "a");
        for (const bytes of commits) {
          await file.write(bytes);
          await file.datasync();
        }
        await file.close();
      }),
    );
    return took.seconds;
  });
}

/** The groups of lines that a run appends to its ledger, one each commit. */
async function commitsOfOneRun(steps: number, scratch: string): Promise<readonly Uint8Array[]> {
  return withStore("files", scratch, async ({ store, folder }) => {
    await using runtime = new Runtime({ store, effects: [count] });
    const { runId } = await runtime.start(counting, { vars: countingVars(steps) });
    const lines = (await readFile(join(folder, `ledger_${runId}.jsonl`), "utf8"))
      .trimEnd()
      .split("\n");
    const commits = Map.groupBy(
      lines,
      (line) => (JSON.parse(line) as { commit_id: string }).commit_id,
    );
    if (commits.size !== steps + 1) throw new Error(`${steps} steps made ${commits.size} commits`);
    return [...commits.values()].map((group) => Buffer.from(`${group.join("\n")}\n`));
  });
}
