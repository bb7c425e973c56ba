/** What becomes of a join when a child fails or is cancelled: it fails at once, or goes on with the others. */
export type OnChildFailure = "fail_fast" | "settle";

/** A wait for several children that one step started. It holds numbers; children and results are found by index. */
export interface Join {
  /** The ledger record that says what the children are: the intent of the step. */
  readonly intentSeq: number;
  readonly total: number;
  /** How many children exist so far: those with a lower index. */
  readonly begun: number;
  /** So many completed children end the wait; null: it ends with the last of all, and its result has every child. */
  readonly need: number | null;
  readonly onFailure: OnChildFailure;
  /** At most this many children at the same time; null: no limit. */
  readonly maxConcurrency: number | null;
  /** The type of the effect that makes its own result of how the children ended, instead of a `JoinResult`. */
  readonly joinedBy?: string;
}

/** How many children have ended. `failed` counts cancelled ones too. */
export interface JoinCounts {
  readonly completed: number;
  readonly failed: number;
}

/** Whether the wait is over: enough completed, or so many failed that it can't become enough. */
export function isDecided(join: Join, { completed, failed }: JoinCounts): boolean {
  const { need, total, onFailure } = join;
  if (completed >= (need ?? total) || completed + failed >= total) return true;
  if (onFailure === "fail_fast") return failed > 0;
  return need !== null && total - failed < need;
}

/** Whether a join that is decided failed. */
export function hasFailed({ need, onFailure }: Join, { completed, failed }: JoinCounts): boolean {
  return need === null ? onFailure === "fail_fast" && failed > 0 : completed < need;
}

/** How many more children may begin now. A tenth of the limit has to be free, so that not every end costs a commit. */
export function mayBegin(join: Join, { completed, failed }: JoinCounts): number {
  const left = join.total - join.begun;
  if (join.maxConcurrency === null || left === 0) return left;
  const free = join.maxConcurrency - (join.begun - completed - failed);
  const batch = Math.max(1, Math.floor(join.maxConcurrency / 10));
  return free < Math.min(batch, left) ? 0 : Math.min(free, left);
}
