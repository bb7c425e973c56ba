// What it costs to look at a moment of a long run, and to fork it there, beside reading the ledger up to there, writing it, and
// starting any new run.
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Runtime, type DurableStore } from "@abstractruntime/core";
import { median } from "../measure/median.ts";
import { timed } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { withStore } from "../workload/open-store.ts";

const settings = { steps: 5_000, samples: 9 };

/** Records that are read at a time, as the runtime does. */
const PAGE = 1_000;

/** What is measured, by turns, so that a busy moment of the disk meets all. */
const parts = ["read", "write", "start", "stateAt", "fork"] as const;

type Part = (typeof parts)[number];

await benchmark("a fork of a long run, on files", settings, async ({ steps, samples }, scratch) =>
  withStore("files", scratch, async ({ store, folder }) => {
    await using runtime = new Runtime({ store, effects: [count], closesStore: false });
    const { runId } = await runtime.start(counting, { vars: countingVars(steps) });
    const { seq } = await runtime.getState(runId);
    const rows: Row[] = [];
    for (const part of [0.1, 0.5, 1])
      rows.push(
        ...(await measure({ runtime, store, folder, runId, samples }, Math.ceil(seq * part) - 1)),
      );
    return rows;
  }),
);

interface Subject {
  readonly runtime: Runtime;
  readonly store: DurableStore;
  readonly folder: string;
  readonly runId: string;
  readonly samples: number;
}

async function measure(subject: Subject, seq: number): Promise<readonly Row[]> {
  const { runtime, store, folder, runId, samples } = subject;
  const bytes = await prefixBytes(folder, runId, seq);
  const took = new Map(parts.map((part) => [part, [] as number[]]));
  for (let sample = -1; sample < samples; sample += 1) {
    const file = join(folder, `copy-${seq}-${sample}`);
    const work: Record<Part, () => Promise<unknown>> = {
      read: () => readPrefix(store, runId, seq),
      write: () => writePrefix(file, bytes),
      start: () => runtime.start(counting, { vars: countingVars(1), drive: false }),
      stateAt: () => runtime.stateAt(runId, seq),
      fork: () => runtime.fork(runId, { atSeq: seq, effects: "ask", drive: false }),
    };
    for (const part of parts) {
      const { seconds } = await timed(async () => void (await work[part]()));
      if (sample >= 0) took.get(part)?.push(seconds); // the first ones only warm up
    }
  }
  const at = `at record ${seq.toLocaleString("en-US")}`;
  const beside = (part: Part, ...others: readonly Part[]): Row => {
    const ratios = (took.get(part) ?? []).map((one, sample) => {
      const rest = others.map((other) => took.get(other)?.[sample] ?? NaN);
      return one / rest.reduce((sum, each) => sum + each, 0);
    });
    const what = `${at}: ${part} beside ${others.join(" and ")}`;
    return { what, value: median(ratios), unit: "x", bar: { atMost: 1.3 } };
  };
  return [
    ...parts.map((part) => {
      const milliseconds = median(took.get(part) ?? []) * 1_000;
      return { what: `${at}: ${part}`, value: milliseconds, unit: "ms" };
    }),
    beside("stateAt", "read"),
    beside("fork", "read", "write", "start"),
  ];
}

async function readPrefix(store: DurableStore, runId: string, seq: number): Promise<void> {
  for (let after = 0; after < seq;) {
    const page = await store.records(runId, { after, limit: Math.min(PAGE, seq - after) });
    after = page.at(-1)?.seq ?? seq;
  }
}

/** One write, flushed, as nothing can copy a ledger for less. */
async function writePrefix(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  await file.write(bytes);
  await file.datasync();
  await file.close();
}

async function prefixBytes(folder: string, runId: string, seq: number): Promise<Uint8Array> {
  const lines = (await readFile(join(folder, `ledger_${runId}.jsonl`), "utf8")).split("\n");
  return Buffer.from(`${lines.slice(0, seq).join("\n")}\n`);
}
