import { encodeRun, parseInstant, type RunState } from "@abstractruntime/core/store";
import { arrayLiteral, safeText, safeTextOrNull } from "../connection/safe-text.ts";

/** The columns of a run that its records may change. */
export interface HeadFacts {
  readonly seq: number;
  readonly status: string;
  readonly paused: boolean;
  readonly updatedMs: number;
  readonly workflowVersion: string | null;
  readonly graphHash: string | null;
  readonly waitId: string | null;
  readonly waitStepId: string | null;
  readonly waitReason: string | null;
  readonly waitGate: string | null;
  /** A `text[]` as a literal. */
  readonly waitKeys: string | null;
  /** JSON, for `tell_of_join`. */
  readonly joinSpec: string | null;
}

export function headFacts(run: RunState): HeadFacts {
  const { waiting } = run;
  return {
    seq: run.seq,
    status: run.status,
    paused: run.paused,
    updatedMs: parseInstant(run.updatedAt),
    workflowVersion: safeTextOrNull(run.workflowVersion),
    graphHash: run.graphHash,
    waitId: waiting === null ? null : safeText(waiting.waitId),
    waitStepId: safeTextOrNull(waiting?.stepId ?? null),
    waitReason: waiting?.reason ?? null,
    waitGate: waiting?.gate ?? null,
    waitKeys: waiting === null ? null : arrayLiteral(waiting.waitKeys),
    joinSpec: waiting === null ? null : joinSpec(waiting.join),
  };
}

/** A whole state, for the table of checkpoints. */
export function stateText(run: RunState): string {
  return JSON.stringify(encodeRun(run));
}

function joinSpec(join: NonNullable<RunState["waiting"]>["join"]): string | null {
  if (join === null) return null;
  const { total, begun, need, onFailure, maxConcurrency } = join;
  return JSON.stringify({
    total,
    begun,
    need,
    on_failure: onFailure,
    max_concurrency: maxConcurrency,
  });
}
