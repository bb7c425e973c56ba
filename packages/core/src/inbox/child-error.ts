import type { RunError, RunState } from "../run/run-state.ts";

/** A child that did not complete. */
export interface FailedChild {
  readonly childId: string;
  readonly workflowId: string;
  readonly status: "failed" | "cancelled";
  readonly error: RunError | null;
}

/** How a step fails by the child that it waited for; trying again would find the same child. */
export function childError(run: RunState, stepId: string | null, child: FailedChild): RunError {
  const why = shortened(child.error?.message ?? child.status);
  const verb = child.status === "failed" ? "failed" : "was cancelled";
  return {
    code: child.status === "failed" ? "run_failed" : "run_cancelled",
    message: `Subworkflow '${child.workflowId}' ${verb}: ${why}`,
    nodeId: run.currentNode,
    stepId,
    attempt: 1,
    details: { sub_run_id: child.childId },
  };
}

/** Ancestors quote each other's errors: of a deep family the first words and the cause, at the end, are enough. */
function shortened(text: string): string {
  if (text.length <= MAX_QUOTED) return text;
  const half = MAX_QUOTED / 2;
  return `${text.slice(0, half)} … ${text.slice(-half)}`.toWellFormed();
}

const MAX_QUOTED = 1_000;
