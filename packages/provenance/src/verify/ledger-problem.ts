/** What is wrong with a ledger beside its chain. `index` counts records from 0. */
export type LedgerProblem =
  /** The head says that there are more records: the tail was cut, or all of it. */
  | { readonly type: "tail_cut"; readonly index: number; readonly missing: number }
  /** There are records that the head does not know. */
  | { readonly type: "beyond_head"; readonly index: number; readonly extra: number }
  /** The record at which the head stands is another one: the history was rewritten, or is another's. */
  | {
      readonly type: "head_hash_mismatch";
      readonly index: number;
      readonly expected: string;
      readonly actual: string | null;
    }
  /** Records of another run. */
  | {
      readonly type: "other_run";
      readonly index: number;
      readonly expected: string;
      readonly actual: string;
    }
  /** A record has another number than the one that follows. */
  | {
      readonly type: "seq_gap";
      readonly index: number;
      readonly expected: number;
      readonly actual: number;
    }
  /** A record does not belong to the commit before it, nor begin the next. */
  | { readonly type: "commit_mismatch"; readonly index: number }
  /** A commit lacks its last record. */
  | { readonly type: "commit_torn"; readonly index: number }
  /** The beginning of a fork is not what its `forked` record says was copied. */
  | { readonly type: "fork_mismatch"; readonly index: number }
  /** It is JSON and no record. */
  | { readonly type: "unreadable_record"; readonly index: number; readonly reason: string }
  /** It does not fit the state that the records before it made. */
  | { readonly type: "not_foldable"; readonly index: number; readonly reason: string }
  /** The stored state is not what the records make; `path` is where it first differs. */
  | { readonly type: "state_mismatch"; readonly path: string };

/** A problem in plain words. */
export function explainProblem(problem: LedgerProblem): string {
  switch (problem.type) {
    case "tail_cut":
      return problem.index === 0
        ? `all ${problem.missing} records are missing`
        : `the last ${problem.missing} records are missing, from record ${problem.index + 1} on`;
    case "beyond_head":
      return `${problem.extra} records from record ${problem.index + 1} on are not in the run's head`;
    case "head_hash_mismatch":
      return `record ${problem.index + 1} is not the one at which the head stands: expected the hash ${problem.expected}, found ${problem.actual ?? "none"}`;
    case "other_run":
      return `record ${problem.index + 1} is of run ${problem.actual}, not of ${problem.expected}`;
    case "seq_gap":
      return `record ${problem.index + 1} has the number ${problem.actual}, not ${problem.expected}`;
    case "commit_mismatch":
      return `record ${problem.index + 1} does not follow from the commit before it`;
    case "commit_torn":
      return `the commit before record ${problem.index + 1} lacks its last record`;
    case "fork_mismatch":
      return `record ${problem.index + 1} says that another beginning was copied`;
    case "unreadable_record":
      return `record ${problem.index + 1} can't be read: ${problem.reason}`;
    case "not_foldable":
      return `record ${problem.index + 1} does not fit the state before it: ${problem.reason}`;
    case "state_mismatch":
      return `the stored state is not what the records make: it differs at ${problem.path}`;
    default:
      return problem satisfies never;
  }
}
