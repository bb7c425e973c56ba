import { MAX_WAIT_MS } from "../builtin/wait-options.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonValue } from "../json/json-value.ts";
import { invalid } from "../runtime/assert-known.ts";
import type { Shell } from "../runtime/drive-run.ts";
import { runResult } from "../runtime/run-result.ts";
import type { ResultOptions } from "./client.ts";

/** The output of a run, if it ends in time. @throws result_timeout, and as `runResult` */
export async function resultWithin(
  shell: Shell,
  runId: string,
  { signal, timeoutMs }: ResultOptions,
): Promise<JsonValue> {
  if (timeoutMs === undefined) return runResult(shell, runId, { signal });
  if (!(timeoutMs >= 0 && timeoutMs <= MAX_WAIT_MS))
    throw invalid("timeoutMs: give milliseconds, 0 to 100 years");
  const patience = new AbortController();
  const forget = shell.kernel.clock.schedule(timeoutMs, () =>
    patience.abort(
      new AbstractRuntimeError(
        "result_timeout",
        `run ${runId} has not ended in ${timeoutMs} ms: ask again later`,
        { details: { runId, timeoutMs } },
      ),
    ),
  );
  const either =
    signal === undefined ? patience.signal : AbortSignal.any([patience.signal, signal]);
  try {
    return await runResult(shell, runId, { signal: either });
  } finally {
    forget();
  }
}
