import { hash } from "node:crypto";
import { isEnded, type JsonValue, type RunState } from "@abstractruntime/core";
import type { ToolResult } from "../tools/tool-executor.ts";
import type { ToolJob } from "../tools/tool-job.ts";
import { failedResult } from "../tools/tool-result.ts";

/** The id of the job, and of its run, that was handed in under this key. */
export function jobIdOf(idempotencyKey: string): string {
  return `job-${hash("sha256", idempotencyKey).slice(0, 32)}`;
}

/** A run of a tool call, as a job. */
export function jobOf(run: RunState): ToolJob {
  const { runId: job_id, status, waiting } = run;
  return {
    job_id,
    status,
    result: resultOf(run),
    waiting:
      waiting === null
        ? null
        : { reason: waiting.reason, gate: waiting.gate, prompt: waiting.prompt },
  };
}

function resultOf(run: RunState): ToolResult | null {
  if (!isEnded(run)) return null;
  // Every end of the workflow of a tool call is such a result.
  if (run.status === "completed") return run.output as unknown as ToolResult;
  const call: JsonValue = run.vars["call"] ?? null;
  return failedResult(call, `${run.status}: ${run.error.message}`);
}
