import { AbstractRuntimeError, type Page, type PageRequest } from "@abstractruntime/core/store";
import type { RunEntry } from "./run-entry.ts";
import type { RunIndex } from "./run-index.ts";

/** A page of a run's children, by run id. */
export function listChildren(
  index: RunIndex,
  parentRunId: string,
  { limit = 100, cursor }: PageRequest,
): Page<RunEntry> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new AbstractRuntimeError(
      "invalid_argument",
      `limit is ${limit}: give a whole number from 1 to 1000`,
    );
  const rest = [...index.childrenOf(parentRunId)]
    .filter(({ runId }) => cursor === undefined || runId > cursor)
    .toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
  const items = rest.slice(0, limit);
  const nextCursor = rest.length > limit ? (items.at(-1)?.runId ?? null) : null;
  return { items, nextCursor };
}
