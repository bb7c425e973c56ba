import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Change, NewRun } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { parseInstant } from "../time/instant.ts";

const maxRecords = 10_000;

/**
 * Refuse a change that contradicts itself before any of it is stored.
 *
 * @throws invalid_argument records are missing or too many, their `seq` has a gap, or the state is not theirs.
 */
export function checkChange(change: Change, stored: Pick<RunState, "seq">): void {
  const { records, run } = change;
  if (records.length === 0 || records.length > maxRecords)
    refuse(change, `has ${records.length} records, not 1 to ${maxRecords}`);
  records.forEach((record, index) => {
    if (record.seq !== stored.seq + 1 + index)
      refuse(change, `records[${index}].seq is ${record.seq}, not ${stored.seq + 1 + index}`);
  });
  if (run.seq !== stored.seq + records.length)
    refuse(change, `run.seq is ${run.seq}, not that of the last record`);
  if (run.revision !== change.expectedRevision + 1)
    refuse(change, `run.revision is ${run.revision}, not ${change.expectedRevision + 1}`);
}

/** @throws invalid_instant a `wakeAt` of the write, or of a run that it creates, is none. */
export function checkWakeAts(writes: readonly (NewRun | Pick<Change, "wakeAt">)[]): void {
  for (const write of writes) {
    if (write.wakeAt !== null) parseInstant(write.wakeAt);
    if ("children" in write) checkWakeAts(write.children);
  }
}

function refuse(change: Change, what: string): never {
  throw new AbstractRuntimeError("invalid_argument", `change of ${change.runId}: ${what}`, {
    details: { runId: change.runId },
  });
}
