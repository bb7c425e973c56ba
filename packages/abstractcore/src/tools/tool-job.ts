import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import type { ToolResult } from "./tool-executor.ts";

/** A tool call in the hands of a worker, as it says it over HTTP. */
export type ToolJob = {
  readonly job_id: string;
  readonly status: "running" | "waiting" | "completed" | "failed" | "cancelled";
  /** Null until the job has ended. */
  readonly result: ToolResult | null;
  /** What it waits for, if it waits: `reason`, `gate` and `prompt`. */
  readonly waiting: JsonObject | null;
};

/** A tool of a worker, as it says it over HTTP. */
export type ToolDescription = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
};

/** Whether a worker's answer is a job. */
export function isToolJob(value: JsonValue): value is ToolJob {
  return isObject(value) && typeof value["job_id"] === "string" && "result" in value;
}

/** Where jobs are handed in and looked at. */
export const JOBS_PATH = "/v1/tool_jobs";

/** Where a worker says which tools it has. */
export const TOOLS_PATH = "/v1/tools";
