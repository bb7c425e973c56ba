import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonValue } from "../json/json-value.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { watchRun } from "./watch-run.ts";

/**
 * The output of a run, once it has ended. Does not drive it: with no driver in this process it follows the store.
 *
 * @throws run_failed, run_cancelled with the run's error; run_not_found; the signal's reason
 */
export async function runResult(
  shell: Shell,
  runId: string,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<JsonValue> {
  for (;;) {
    const { run } = await loadRun(shell.kernel, runId);
    if (isEnded(run)) return outputOf(run);
    for await (const event of watchRun(shell, runId, { after: run.seq, signal: options.signal })) {
      if (event.type === "record" && ["ended", "cancelled"].includes(event.record.kind)) break;
    }
  }
}

function outputOf(
  run: Extract<RunState, { status: "completed" | "failed" | "cancelled" }>,
): JsonValue {
  if (run.status === "completed") return run.output;
  const code = run.status === "failed" ? "run_failed" : "run_cancelled";
  const message = `run ${run.runId} ${run.status === "failed" ? "failed" : "was cancelled"}: ${run.error.message}`;
  throw new AbstractRuntimeError(code, message, {
    details: { runId: run.runId, error: { ...run.error } },
  });
}
