import { MemoryStore } from "@abstractruntime/core";
import type { DurableStore, JsonObject } from "@abstractruntime/core/store";
import { moved, newRun, nextChange } from "@abstractruntime/testkit/conformance";
import type { LedgerHead } from "../src/index.ts";
import { hashChain } from "../src/index.ts";

/** A run's ledger with what is stored beside it. */
export interface StoredLedger {
  readonly texts: readonly string[];
  readonly head: LedgerHead;
  readonly state: NonNullable<Awaited<ReturnType<DurableStore["load"]>>>["run"];
}

/** A run of one commit for each list of changes, and a record for each change. */
export async function writeRun(
  store: DurableStore,
  commits: readonly (readonly JsonObject[])[],
): Promise<StoredLedger> {
  const [first = [{}], ...rest] = commits;
  const { stored } = await store.create(newRun({ vars: { at: 0 }, records: first.map(moved) }));
  const { runId } = stored.run;
  for (const changes of rest) await commitTo(store, runId, changes);
  return readLedger(store, runId);
}

/** One more commit, with a record for each change. */
export async function commitTo(
  store: DurableStore,
  runId: string,
  changes: readonly JsonObject[] = [{}],
): Promise<void> {
  const stored = await store.load(runId);
  if (stored === undefined) throw new TypeError(`there is no run ${runId}`);
  await store.commit(nextChange(stored, { records: changes.map(moved) }));
}

export async function readLedger(store: DurableStore, runId: string): Promise<StoredLedger> {
  const stored = await store.load(runId);
  if (stored === undefined) throw new TypeError(`there is no run ${runId}`);
  const { run: state, head } = stored;
  const texts = await store.recordTexts(runId);
  return { texts, state, head: { runId, count: state.seq, headHash: head.ledgerHead } };
}

/** The ledger of a run in a chained store in memory. */
export async function chainedRun(
  commits: readonly (readonly JsonObject[])[] = [
    [{ a: 1 }],
    [{ b: "two" }, { c: [3] }],
    [{ d: 4 }],
  ],
): Promise<StoredLedger> {
  return writeRun(hashChain(new MemoryStore()), commits);
}
