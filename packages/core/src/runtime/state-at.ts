import { assertSeq } from "../fork/assert-seq.ts";
import { foldPrefix } from "../fork/fold-prefix.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { RunState } from "../run/run-state.ts";
import { loadRun, type Shell } from "./drive-run.ts";

/** The run as it was after one of its records. @throws run_not_found, invalid_argument */
export async function stateAt(
  { kernel }: Shell,
  runId: string,
  seq: number,
  options: Abortable,
): Promise<RunState> {
  const { run } = await loadRun(kernel, runId);
  assertSeq(run, seq);
  return seq === run.seq ? run : foldPrefix(kernel.store, { runId, seq }, options);
}
