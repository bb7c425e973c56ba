import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore, StoredRun } from "../ports/durable-store.ts";
import type { Pending } from "../run/pending.ts";
import { intended } from "../run/reduce-step.ts";
import type { RunState } from "../run/run-state.ts";
import { assertSeq } from "./assert-seq.ts";
import { foldPrefix } from "./fold-prefix.ts";

/** A run as it was after one of its records. */
export interface Moment {
  readonly run: RunState;
  /** The commit that wrote that record. */
  readonly commitId: string;
  /** The last step that the run had intended by then, as it was intended; null where it is of no use, or nobody knows. */
  readonly asked: Pending | null;
}

/**
 * A run as it was after a record. What a store has at hand, the present, costs nothing; the past is folded.
 *
 * @throws invalid_argument there is no such record; as `foldPrefix`
 */
export async function momentOf(
  store: Pick<DurableStore, "records">,
  { run, head }: StoredRun,
  seq: number,
  options: Abortable,
): Promise<Moment> {
  assertSeq(run, seq);
  if (seq === run.seq && !isWaitingForChildren(run))
    return { run, commitId: head.commitId, asked: null };
  let [commitId, asked]: [string, Pending | null] = ["", null];
  const then = await foldPrefix(store, { runId: run.runId, seq }, options, (record) => {
    commitId = record.commitId;
    if ((record.kind === "ready" || record.kind === "begun") && record.intent !== null)
      asked = intended(record, record.intent);
  });
  return { run: then, commitId, asked };
}

/** Only of these a fork has to know how they were asked for. */
function isWaitingForChildren({ waiting }: RunState): boolean {
  return waiting?.reason === "subworkflow" && waiting.gate === null;
}
