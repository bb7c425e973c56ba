// Records of a ledger that are verified a second, ours and 0.2.0's, on one core; and the same by hashing their text alone.
import { createHash, hash } from "node:crypto";
import { MemoryStore, Runtime } from "@abstractruntime/core";
import { canonicalJson } from "@abstractruntime/core/store";
import { hashChain, verifyLedgerChain } from "@abstractruntime/provenance";
import { median } from "../measure/median.ts";
import { timed, type Took } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import { count, counting, countingVars } from "../workload/counting.ts";

const settings = { records: 100_000, turns: 9 };

await benchmark("verification", settings, async ({ records, turns }) => {
  const ours = await ourLines(records);
  const legacy = legacyLines(records);
  const [took, tookLegacy, hashed]: [Took[], Took[], Took[]] = [[], [], []];
  for (let turn = -1; turn < turns; turn += 1) {
    const times = [await verify(ours), await verify(legacy), await hashAll(ours)] as const;
    if (turn < 0) continue; // the first ones only warm up
    for (const [index, list] of [took, tookLegacy, hashed].entries())
      list.push(times[index] ?? { seconds: NaN, cpuSeconds: NaN });
  }
  const perSecond = (list: readonly Took[], what: keyof Took): number =>
    median(list.map((one) => records / one[what]));
  return [
    { what: "ours", value: perSecond(took, "seconds"), unit: "records/s" },
    {
      what: "ours, by CPU time",
      value: perSecond(took, "cpuSeconds"),
      unit: "records/s",
      bar: { atLeast: 100_000 },
    },
    { what: "0.2.0's", value: perSecond(tookLegacy, "seconds"), unit: "records/s" },
    {
      what: "0.2.0's, by CPU time",
      value: perSecond(tookLegacy, "cpuSeconds"),
      unit: "records/s",
      bar: { atLeast: 25_000 },
    },
    {
      what: "time of ours beside hashing their text",
      value: median(took.map((one, turn) => one.seconds / (hashed[turn]?.seconds ?? NaN))),
      unit: "x",
    },
  ];
});

async function verify(lines: readonly string[]): Promise<Took> {
  return timed(async () => {
    const report = verifyLedgerChain(lines);
    if (!report.ok || report.count !== lines.length) throw new Error("the ledger is not whole");
  });
}

/** What nobody can do without. */
async function hashAll(lines: readonly string[]): Promise<Took> {
  return timed(async () => {
    for (const line of lines) hash("sha256", line, "hex");
  });
}

/** The ledger of one run of so many effect steps that it has so many records. */
async function ourLines(records: number): Promise<readonly string[]> {
  const store = hashChain(new MemoryStore());
  await using runtime = new Runtime({ store, effects: [count] });
  const vars = countingVars(Math.ceil(records / 2));
  const { runId } = await runtime.start(counting, { vars });
  return (await store.recordTexts(runId, { limit: records })).map(flat);
}

/** Effect steps as 0.2.0 writes them. */
function legacyLines(records: number): readonly string[] {
  let prevHash: string | null = null;
  return Array.from({ length: records }, (_, index) => {
    const record = {
      run_id: "9c6ab710-4a08-4720-8ede-24428a013fda",
      step_id: `d3b9c9d9-a754-4c3e-9f33-${String(index).padStart(12, "0")}`,
      node_id: "loop",
      status: "completed",
      effect: { type: "llm_call", payload: { prompt: "count", n: index }, result_key: "last" },
      result: { seen: index, text: "a few words of an answer" },
      error: null,
      started_at: "2026-03-01T09:00:00.750000+00:00",
      ended_at: "2026-03-01T09:00:01+00:00",
      actor_id: "ar_8c5a3c7d7f2d7f7ef45267f3",
      session_id: "session",
      attempt: 1,
      idempotency_key: "45a343164df2bef3157207b9e2d7c50b",
      prev_hash: prevHash,
    };
    prevHash = createHash("sha256").update(canonicalJson(record)).digest("hex");
    return spaced({ ...record, record_hash: prevHash, signature: null });
  });
}

/** JSON with a space after each comma and colon that is not in a text, as Python's. */
function spaced(record: object): string {
  const json = JSON.stringify(record);
  return flat(
    json.replaceAll(/("(?:[^"\\]|\\.)*")|([,:])/g, (_, text, mark) => text ?? `${mark} `),
  );
}

/** A text in one piece, as one that was read. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
