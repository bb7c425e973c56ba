import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { RunState } from "../run/run-state.ts";

/** Refuse what is no record of the run, or one whose state can't be known. @throws invalid_argument */
export function assertSeq(
  run: Pick<RunState, "runId" | "revision" | "seq">,
  seq: unknown,
): asserts seq is number {
  const isRecord = typeof seq === "number" && Number.isInteger(seq) && seq >= 1 && seq <= run.seq;
  const isLegacy = run.revision === 0;
  if (isRecord && (!isLegacy || seq === run.seq)) return;
  const shown = typeof seq === "number" ? String(seq) : typeof seq;
  const why = isRecord
    ? `0.2.0 wrote run ${run.runId}, and its record ${shown} can't be folded: give its last one, ${run.seq}`
    : `run ${run.runId} has no record ${shown}: give a whole number from 1 to ${run.seq}`;
  throw new AbstractRuntimeError("invalid_argument", why, {
    details: { runId: run.runId, last: run.seq },
  });
}
