import type { ChildResult, JoinResult } from "../builtin/plan-children.ts";
import { childError } from "../inbox/child-error.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { parseInstant } from "../time/instant.ts";
import { hasFailed, type Join, type JoinCounts } from "./join.ts";

/** A child of a join that has ended. */
export interface EndedChild {
  readonly index: number;
  readonly runId: string;
  readonly workflowId: string;
  readonly status: "completed" | "failed" | "cancelled";
  readonly output: ChildResult["output"];
  readonly error: RunError | null;
  /** ISO 8601 UTC. */
  readonly endedAt: string;
}

/** What the parent learns of a join that is decided: its result, or why it failed. */
export type JoinOutcome = { readonly result: JoinResult } | { readonly error: RunError };

/**
 * How a decided join ends. The order in which children ended counts only where a number of them is needed: the first ones
 * decide.
 *
 * @param counts with which it was decided; more children may have ended since
 * @param ended the children that have ended, in order of index
 */
export function joinOutcome(
  run: RunState,
  stepId: string | null,
  join: Join,
  counts: JoinCounts,
  ended: readonly EndedChild[],
): JoinOutcome {
  if (hasFailed(join, counts)) return { error: errorOf(run, stepId, join, ended) };
  const completed = ended.filter(({ status }) => status === "completed");
  const failed = ended.length - completed.length;
  const { need } = join;
  const told = need === null ? ended : byIndex(byEnd(completed).slice(0, need));
  return {
    result: { completed: need ?? completed.length, failed, results: told.map(resultOf) },
  };
}

function errorOf(
  run: RunState,
  stepId: string | null,
  join: Join,
  ended: readonly EndedChild[],
): RunError {
  const failures = ended.flatMap((child) =>
    child.status === "completed" ? [] : [{ ...child, childId: child.runId, status: child.status }],
  );
  const [first] = byEnd(failures);
  if (first === undefined) throw new Error(`${run.runId}: a join fails by a child that failed`);
  const cause = childError(run, stepId, first);
  const counts = {
    index: first.index,
    completed: ended.length - failures.length,
    failed: failures.length,
  };
  const details = { ...cause.details, ...counts };
  if (join.onFailure === "fail_fast") return { ...cause, details };
  const message = `${join.need ?? join.total} of ${join.total} children had to complete, and ${failures.length} did not. The first: ${cause.message}`;
  return { ...cause, code: "join_failed", message, details };
}

function resultOf({ index, runId, status, output, error }: EndedChild): ChildResult {
  return {
    index,
    sub_run_id: runId,
    status,
    output,
    error: error === null ? null : { ...error },
  };
}

function byEnd<Child extends EndedChild>(children: readonly Child[]): readonly Child[] {
  return children.toSorted(
    (a, b) => parseInstant(a.endedAt) - parseInstant(b.endedAt) || a.index - b.index,
  );
}

function byIndex(children: readonly EndedChild[]): readonly EndedChild[] {
  return children.toSorted((a, b) => a.index - b.index);
}
