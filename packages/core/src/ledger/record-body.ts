import type { RunState } from "../run/run-state.ts";
import type { LedgerRecord } from "./ledger-record.ts";

/** What the run and its commit say for every record. */
type Stamped =
  | "runId"
  | "seq"
  | "revision"
  | "commitId"
  | "last"
  | "actorId"
  | "sessionId"
  | "warnings"
  | "prevHash"
  | "recordHash"
  | "signature";

type WithoutStamp<Kind> = Kind extends LedgerRecord ? Omit<Kind, Stamped> : never;

/** A record before a commit gives it its place. */
export type RecordBody = WithoutStamp<LedgerRecord>;

/** A record's place in the ledger. */
export interface RecordPlace {
  readonly seq: number;
  readonly revision: number;
  readonly commitId: string;
}

/** Give a record its place. `last` is for whoever closes the commit to set. */
export function stampRecord(
  body: RecordBody,
  run: Pick<RunState, "runId" | "actorId" | "sessionId">,
  place: RecordPlace,
): LedgerRecord {
  const { runId, actorId, sessionId } = run;
  return { ...body, ...place, runId, last: false, actorId, sessionId };
}
