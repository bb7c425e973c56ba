import type { LedgerRecord, RecordKind } from "../ledger/ledger-record.ts";

/** The four things that a record of 0.2.0 can say. */
export type LegacyStatus = "started" | "completed" | "waiting" | "failed";

const statuses: Readonly<Record<Exclude<RecordKind, "ended">, LegacyStatus>> = {
  created: "started",
  ready: "started",
  begun: "started",
  completed: "completed",
  failed: "failed",
  interrupted: "waiting",
  waiting: "waiting",
  gated: "waiting",
  branched: "waiting",
  answered: "completed",
  timed_out: "completed",
  settled: "completed",
  refused: "failed",
  late: "completed",
  moved: "completed",
  cancelled: "failed",
  paused: "waiting",
  unpaused: "completed",
  limits: "completed",
  forked: "completed",
  migrated: "completed",
  entered: "completed",
  adopted: "completed",
};

/** What a record is called where only 0.2.0's four statuses are known. */
export function legacyStatus(record: LedgerRecord): LegacyStatus {
  return record.kind === "ended" ? record.status : statuses[record.kind];
}
