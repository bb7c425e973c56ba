import { renderRecord } from "../codec/render-record.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { stampRecord, type RecordBody } from "../ledger/record-body.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableStore, NewRun } from "../ports/durable-store.ts";
import type { Ids } from "../ports/ids.ts";
import { beginFold } from "../run/fold-run.ts";
import { impliedWakeAt } from "../run/implied-wake-at.ts";
import { reduce } from "../run/reduce.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { inboxesOf } from "./imported-family.ts";
import type { ImportedRun } from "./imported-run.ts";
import { sameRun } from "./same-run.ts";

export interface CreateOptions extends Abortable {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly paused?: boolean | undefined;
  readonly by?: string | undefined;
}

const linesAtOnce = 1_000;

/**
 * Whether the first of these runs is there, as it is here or further; none of the others is looked at then.
 *
 * @throws run_exists another run has one of the ids, or the one that is there is behind
 */
export async function isThere(
  store: DurableStore,
  runs: readonly ImportedRun[],
  options: Abortable,
): Promise<boolean> {
  for (const [index, imported] of runs.entries()) {
    const { runId } = imported.run;
    const stored = await store.load(runId, options);
    if (stored === undefined) continue;
    if (index === 0 && (await isSame(store, stored.run, imported, options))) return true;
    throw new AbstractRuntimeError(
      "run_exists",
      `bundle: there is another run ${runId}, or the same at an earlier moment; nothing was imported`,
      { details: { runId } },
    );
  }
  return false;
}

/**
 * Bring all runs into being in one write. The first is the one that the others are below.
 *
 * @returns false when somebody else did so meanwhile
 * @throws run_exists, store_unavailable
 */
export async function createImported(
  store: DurableStore,
  runs: readonly ImportedRun[],
  options: CreateOptions,
): Promise<boolean> {
  const [root] = runs;
  if (root === undefined) throw new TypeError("a bundle has at least one run");
  const newRun = { ...newRunOf(root, runs, options), messages: inboxesOf(runs) };
  const { created } = await store.create(newRun, { signal: options.signal });
  return created || !(await isThere(store, runs, options));
}

/** A run with those below it. */
function newRunOf(
  imported: ImportedRun,
  runs: readonly ImportedRun[],
  options: CreateOptions,
): NewRun {
  const { run, records, texts, commitId } = withOwnRecords(imported, options);
  const children = runs
    .filter((other) => other !== imported && other.run.parentRunId === run.runId)
    .map((child) => newRunOf(child, runs, options));
  const wakeAt = impliedWakeAt(run, run.updatedAt, false);
  return { run, commitId, records, texts, lease: null, wakeAt, children, messages: [] };
}

/** The run after the records that its import writes, if there are any: it is adopted from 0.2.0, or paused. */
function withOwnRecords(
  imported: ImportedRun,
  options: CreateOptions,
): Pick<NewRun, "run" | "commitId" | "records"> & { readonly texts: readonly string[] } {
  const { run, texts } = imported;
  const bodies = [...adoptionOf(run), ...pauseOf(run, options)];
  const last = imported.records.at(-1);
  if (bodies.length === 0 && last !== undefined)
    return { run, texts, records: imported.records, commitId: last.commitId };
  const commitId = options.ids.token();
  const added = bodies.map((body, index): LedgerRecord => {
    const place = { seq: run.seq + 1 + index, revision: run.revision + 1, commitId };
    return { ...stampRecord(body, run, place), last: index === bodies.length - 1 };
  });
  return {
    run: added.reduce<RunState>(
      (state, record) => (record.kind === "adopted" ? beginFold(record) : reduce(state, record)),
      run,
    ),
    texts: [...texts, ...added.map(renderRecord)],
    records: [...imported.records, ...added],
    commitId,
  };
}

/** A run that 0.2.0 wrote last has no records to fold: the first of ours holds the whole of it. */
function adoptionOf(run: RunState): readonly RecordBody[] {
  if (run.revision > 0) return [];
  const at = { startedAt: run.updatedAt, endedAt: run.updatedAt };
  return [{ kind: "adopted", nodeId: run.currentNode, run, ...at }];
}

function pauseOf(run: RunState, { paused, by, clock }: CreateOptions): readonly RecordBody[] {
  if (paused !== true || run.paused || isEnded(run)) return [];
  const at = formatInstant(clock.now());
  const said = { messageId: null, by: by ?? null, startedAt: at, endedAt: at };
  return [{ kind: "paused", nodeId: run.currentNode, ...said }];
}

/** Whether a run that is there is this one: its ledger begins with all lines, and what 0.2.0 did not write there is equal. */
async function isSame(
  store: DurableStore,
  stored: RunState,
  { run, texts }: ImportedRun,
  options: Abortable,
): Promise<boolean> {
  for (let after = 0; after < texts.length; after += linesAtOnce) {
    const wanted = texts.slice(after, after + linesAtOnce);
    const range = { after, limit: wanted.length };
    const there = await store.recordTexts(run.runId, range, options);
    if (there.length !== wanted.length) return false;
    if (wanted.some((text, index) => text !== there[index])) return false;
  }
  if (run.revision > 0) return true;
  const range = { after: texts.length, limit: 1 };
  const [record] = await store.records(run.runId, range, options);
  const adopted = record?.kind === "adopted" ? record.run : stored;
  return sameRun(adopted, run);
}
