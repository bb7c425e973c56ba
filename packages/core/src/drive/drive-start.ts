import type { RecordBody } from "../ledger/record-body.ts";
import type { Lease, StoredRun } from "../ports/durable-store.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { RunIdentity } from "./run-writer.ts";

/** A run to drive: taken already, free and taken with the first commit, or not there yet. */
export interface DriveStart {
  readonly subject: StoredRun | RunIdentity;
  readonly lease: Lease;
  /** Whether the lease is ours already. */
  readonly held: boolean;
  /** The store's time of the claim, in milliseconds since 1970: what was due then is due, whatever our clock says. */
  readonly claimedAt?: number;
  /** Without its code, only messages and timers of the run are seen to. */
  readonly workflow: Workflow | null;
  /** What the first commit begins with, because `workflow` is another graph than the run's. */
  readonly migration?: RecordBody | null;
  /** Whether a run that asks for an effect without a handler here is left as it is for others, instead of failing it. */
  readonly leavesUnhandled?: boolean | undefined;
  /** Node handlers that may be called; after them the run is given back, due now. */
  readonly maxSteps: number;
}
