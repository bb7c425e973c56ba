import type { JsonObject } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import { headerJson, headerText } from "./header-value.ts";

const named: readonly (readonly [header: string, field: string])[] = [
  ["X-AbstractCore-Actor-Id", "actor_id"],
  ["X-AbstractCore-Session-Id", "session_id"],
  ["X-AbstractCore-Run-Id", "run_id"],
  ["X-AbstractCore-Parent-Run-Id", "parent_run_id"],
];

/** Say in the headers who asks. What the caller set by hand stays, but for the metadata as a whole. */
export function addTraceHeaders(headers: Headers, metadata: unknown): void {
  if (!isObject(metadata) || Object.keys(metadata).length === 0) return;
  headers.set("X-AbstractCore-Trace-Metadata", headerJson(metadata));
  for (const [header, field] of named) {
    const value = textOf(metadata, field);
    if (value !== null && !headers.has(header)) headers.set(header, headerText(value));
  }
}

/** By which the server's traces know an answer. */
export function traceIdOf(headers: Headers): string | null {
  return headers.get("X-AbstractCore-Trace-Id") || headers.get("X-Trace-Id") || null;
}

function textOf(metadata: JsonObject, field: string): string | null {
  const value = metadata[field];
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
