import type { AbstractRuntimeError } from "@abstractruntime/core/store";

/**
 * Something in a folder that is not as it should be.
 *
 * - `damaged`: it can't be read
 * - `torn_tail`: a crash, or a writer that is at it now, left a piece of a write; opening the store cuts it
 * - `run_file_differs`: the run file is not the fold of the ledger, which is the truth
 * - `run_file_behind`: the run file is older than the ledger, as in a folder that was not closed; 0.2.0 would miss the rest
 * - `unfinished_commit`: a commit that touches several runs is not done to its end; opening the store does it
 */
export interface StoreProblem {
  readonly kind:
    | "damaged"
    | "run_file_behind"
    | "run_file_differs"
    | "torn_tail"
    | "unfinished_commit";
  readonly runId: string | null;
  readonly file: string;
  readonly offset: number;
  readonly message: string;
}

/** A complaint about content as a problem. */
export function problemOf(error: AbstractRuntimeError, runId: string | null): StoreProblem {
  const { file, offset } = error.details;
  return {
    kind: "damaged",
    runId,
    file: typeof file === "string" ? file : "",
    offset: typeof offset === "number" ? offset : 0,
    message: error.message,
  };
}
