import {
  AbstractRuntimeError,
  foldRun,
  reduce,
  type Abortable,
  type DurableStore,
  type RunState,
  type StoredRun,
} from "@abstractruntime/core/store";
import type { ChainOptions } from "./chain-verifier.ts";
import { compareStates } from "./compare-states.ts";
import type { LedgerReport } from "./ledger-report.ts";
import { LedgerVerifier } from "./ledger-verifier.ts";

/** What verification reads of a store. */
export type ReadableStore = Pick<DurableStore, "load" | "records" | "recordTexts" | "capabilities">;

const pageSize = 1_000;

/**
 * Look whether a run's ledger is whole, and makes the state that is stored, as `verifyLedger` does with the run's own head.
 * A driver may go on with the run meanwhile: what is verified is what the head says that was read first.
 *
 * The head is in the same place as the ledger, so whoever can write both can make them fit; seals and witnesses are for that.
 *
 * @throws run_not_found
 */
export async function verifyRun(
  store: ReadableStore,
  runId: string,
  options: ChainOptions & Abortable = {},
): Promise<LedgerReport> {
  const stored = await loadRun(store, runId, options);
  const { run, head } = stored;
  // 0.2.0 wrote it last: it counts no records.
  const isLegacy = run.revision === 0;
  const verifier = new LedgerVerifier(options);
  const count = isLegacy ? Infinity : run.seq;
  for await (const text of textsOf(store, runId, { from: 0, to: count }, options))
    verifier.add(text);
  if (!isLegacy && (await isStill(store, stored, options)))
    for await (const text of textsOf(store, runId, { from: count, to: Infinity }, options))
      verifier.add(text);
  const { offloads = false, seals = [] } = store.capabilities;
  const isAtRest = !offloads && seals.length === 0;
  const report = verifier.end({
    head: { runId, count: isLegacy ? null : run.seq, headHash: head.ledgerHead },
    state: isAtRest ? run : undefined,
  });
  if (isAtRest || isLegacy || !report.ok) return report;
  return withState(report, run, await foldRecords(store, run, options));
}

async function loadRun(
  store: ReadableStore,
  runId: string,
  options: Abortable,
): Promise<StoredRun> {
  const stored = await store.load(runId, options);
  if (stored !== undefined) return stored;
  throw new AbstractRuntimeError("run_not_found", `there is no run ${runId} to verify`, {
    details: { runId },
  });
}

/** Whether nobody wrote to the run meanwhile, so that its head is the one of all records that there are. */
async function isStill(
  store: ReadableStore,
  { run }: StoredRun,
  options: Abortable,
): Promise<boolean> {
  return (await store.load(run.runId, options))?.run.revision === run.revision;
}

async function* textsOf(
  store: ReadableStore,
  runId: string,
  { from, to }: { readonly from: number; readonly to: number },
  options: Abortable,
): AsyncGenerator<string> {
  for (let after = from; after < to; after += pageSize) {
    const limit = Math.min(pageSize, to - after);
    const texts = await store.recordTexts(runId, { after, limit }, options);
    yield* texts;
    if (texts.length < limit) return;
  }
}

/** The state that the records make as they are read: the texts have values in another form, or apart. */
async function foldRecords(
  store: ReadableStore,
  { runId, seq }: RunState,
  options: Abortable,
): Promise<RunState | undefined> {
  let folded: RunState | undefined;
  for (let after = 0; after < seq;) {
    const limit = Math.min(pageSize, seq - after);
    const records = await store.records(runId, { after, limit }, options);
    for (const record of records) {
      if (record.seq > seq) break;
      const begins = record.kind === "adopted";
      folded = folded === undefined || begins ? foldRun([record]) : reduce(folded, record);
    }
    if (records.length === 0) break;
    after = folded?.seq ?? seq;
  }
  return folded;
}

function withState(
  report: LedgerReport,
  stored: RunState,
  folded: RunState | undefined,
): LedgerReport {
  const problems = folded === undefined ? [] : compareStates(folded, stored);
  return {
    ...report,
    ok: problems.length === 0,
    problems,
    compared: { ...report.compared, state: folded !== undefined },
  };
}
