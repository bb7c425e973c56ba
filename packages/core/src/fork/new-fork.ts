import { stampRecord, type RecordBody } from "../ledger/record-body.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { NewRun } from "../ports/durable-store.ts";
import { beginFold } from "../run/fold-run.ts";
import { reduce } from "../run/reduce.ts";
import type { ForkOrigin, RunState } from "../run/run-state.ts";
import { instantly } from "../step/transition.ts";
import type { Patch } from "../json/patch.ts";
import type { RecordedEnd } from "./recorded-end.ts";
import { reopen, type Open, type Reopening } from "./reopen.ts";

/** A fork to be made. */
export interface ForkPlan extends Reopening {
  readonly origin: ForkOrigin;
  /** Whether the origin's records are copied; if not, its state itself begins the fork's ledger. */
  readonly copies: boolean;
  readonly changes: Patch;
  /** How the open step ended in the origin, where that is to count here. */
  readonly end: RecordedEnd | null;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly by: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The run that a fork is, with its own first records: `forked`, and the end of the open step that it takes over. */
export function newFork(plan: ForkPlan): NewRun {
  const { moment, names, origin, copies, actorId, sessionId, now } = plan;
  const commitId = names.token();
  const at = instantly(now);
  const records: LedgerRecord[] = [];
  let run: RunState = moment.run;
  const add = (body: RecordBody, who: Pick<RunState, "runId" | "actorId" | "sessionId">): void => {
    const place = { seq: copies ? run.seq + 1 : records.length + 1, revision, commitId };
    const record = stampRecord(body, who, place);
    run = record.kind === "adopted" ? beginFold(record) : reduce(run, record);
    records.push(record);
  };
  const revision = copies ? run.revision + 1 : 1;
  if (!copies) add({ kind: "adopted", nodeId: run.currentNode, run, ...at }, run);
  const open = plan.end === null ? reopen(plan) : reopen({ ...plan, effects: "rerun" });
  const own = { runId: names.runId, actorId, sessionId };
  add(forked(plan, open), own);
  if (plan.end !== null) add(takenOver(open, plan.end, at), own);
  return {
    run,
    commitId,
    ...(copies && { copyOf: origin }),
    records: records.map((record, index) => ({ ...record, last: index === records.length - 1 })),
    lease: null,
    wakeAt: at.startedAt,
    children: [],
    messages: [],
  };
}

function forked(plan: ForkPlan, { pending, waiting }: Open): RecordBody {
  const { moment, names, origin, copies, changes, by, now } = plan;
  return {
    kind: "forked",
    nodeId: moment.run.currentNode,
    origin,
    originCommitId: copies ? moment.commitId : null,
    nonce: names.nonce,
    changes,
    pending,
    waiting,
    by,
    ...instantly(now),
  };
}

/** The fork's open step ends with what it ended with in the origin. */
function takenOver(
  { pending }: Open,
  { result, origin }: RecordedEnd,
  at: { readonly startedAt: string; readonly endedAt: string },
): RecordBody {
  if (pending === null) throw new Error("what is taken over is the end of the open step");
  const { nodeId, stepId, ordinal, attempt, idempotencyKey, effect } = pending;
  const step = { nodeId, stepId, ordinal, attempt, idempotencyKey, effectType: effect.type };
  return { kind: "completed", ...step, resultKey: effect.resultKey, result, origin, ...at };
}
