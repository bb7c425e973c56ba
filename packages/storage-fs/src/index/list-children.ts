import { AbstractRuntimeError, type ChildPage, type Page } from "@abstractruntime/core/store";
import type { RunEntry } from "./run-entry.ts";
import type { RunIndex } from "./run-index.ts";

/** A page of a run's children, by run id. */
export function listChildren(
  index: RunIndex,
  parentRunId: string,
  { stepId, limit = 100, cursor }: ChildPage,
): Page<RunEntry> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new AbstractRuntimeError(
      "invalid_argument",
      `limit is ${limit}: give a whole number from 1 to 1000`,
    );
  const found = index.childrenOf(parentRunId).after(cursor ?? "", limit + 1, stepId);
  const items = found.slice(0, limit);
  const nextCursor = found.length > limit ? (items.at(-1)?.runId ?? null) : null;
  return { items, nextCursor };
}
