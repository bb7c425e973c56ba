import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { NewRun } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";

/**
 * Refuse a new run that copies records which are not there, or does not go on from them. One that copies nothing passes.
 *
 * @param origin the run that is copied, as the store has it
 * @throws run_not_found, invalid_argument
 */
export function checkCopy(given: NewRun, origin: Pick<RunState, "seq"> | undefined): void {
  const { copyOf, records, run } = given;
  if (copyOf === undefined) return;
  const { runId, seq } = copyOf;
  if (origin === undefined)
    throw new AbstractRuntimeError("run_not_found", `there is no run ${runId} to copy`, {
      details: { runId },
    });
  const first = records[0]?.seq;
  if (origin.seq < seq || seq < 1)
    throw noSuchCopy(given, `run ${runId} has ${origin.seq} records, and ${seq} can't be copied`);
  if (first !== seq + 1) throw noSuchCopy(given, `records[0].seq is ${first}, not ${seq + 1}`);
  if (run.seq !== seq + records.length)
    throw noSuchCopy(given, `run.seq is ${run.seq}, not that of the last record`);
}

/** What can't be copied, and why. */
export function noSuchCopy({ run }: NewRun, why: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `fork ${run.runId}: ${why}`, {
    details: { runId: run.runId },
  });
}
