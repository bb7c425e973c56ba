import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Change } from "../ports/durable-store.ts";
import { formatInstant } from "../time/instant.ts";
import type { RunState } from "../run/run-state.ts";
import { isHeld } from "./memory-run.ts";

/** What of a stored run says whether it may be written. */
export interface WritableRow {
  readonly runId: string;
  readonly run: Pick<RunState, "revision">;
  readonly leaseId: string | null;
  readonly leaseOwner: string | null;
  readonly wakeAt: number | null;
  readonly inboxSeq: number;
}

/** @throws run_not_found */
export function assertFound<Row extends WritableRow>(
  row: Row | undefined,
  runId: string,
): asserts row is Row {
  if (row !== undefined) return;
  throw new AbstractRuntimeError("run_not_found", `there is no run ${runId}`, {
    details: { runId },
  });
}

/** @throws lease_lost the run is gone, or its lease is another's. */
export function assertLease<Row extends WritableRow>(
  row: Row | undefined,
  runId: string,
  leaseId: string,
): asserts row is Row {
  if (row?.leaseId === leaseId) return;
  throw new AbstractRuntimeError(
    "lease_lost",
    `${runId} is not held under this lease any more: load it again`,
    {
      details: { runId },
    },
  );
}

/** @throws run_leased, lease_lost, revision_conflict, inbox_changed: somebody else came first. */
export function assertUnchanged(row: WritableRow, change: Change, now: number): void {
  if (change.leaseId !== null) assertLease(row, change.runId, change.leaseId);
  else if (isHeld(row, now)) throw leased(row);
  if (row.run.revision !== change.expectedRevision) throw conflict(row, change.expectedRevision);
  if (change.refuseNewMessages) assertRead(row, change.inboxSeq);
}

/** @throws inbox_changed there are messages beyond `inboxSeq`. */
export function assertRead(row: WritableRow, inboxSeq: number): void {
  if (row.inboxSeq <= inboxSeq) return;
  throw new AbstractRuntimeError(
    "inbox_changed",
    `the inbox of ${row.runId} is at ${row.inboxSeq}, not ${inboxSeq}: read it and plan again`,
    { details: { runId: row.runId, inboxSeq: row.inboxSeq } },
  );
}

function leased(row: WritableRow): AbstractRuntimeError {
  const until = row.wakeAt === null ? null : formatInstant(row.wakeAt);
  return new AbstractRuntimeError(
    "run_leased",
    `${row.runId} is held by ${row.leaseOwner} until ${until}`,
    {
      details: { runId: row.runId, owner: row.leaseOwner, until },
    },
  );
}

function conflict({ runId, run }: WritableRow, expected: number): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "revision_conflict",
    `${runId} is at revision ${run.revision}, not ${expected}: load it again`,
    {
      details: { runId, expected, actual: run.revision },
    },
  );
}
