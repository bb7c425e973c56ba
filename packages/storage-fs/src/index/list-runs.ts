import { type Page, pageNewestFirst, runFilter, type RunQuery } from "@abstractruntime/core/store";
import type { RunEntry } from "./run-entry.ts";
import type { RunIndex } from "./run-index.ts";

/** A page of runs by filter, latest update first, ties by run id. */
export function listRuns(index: RunIndex, query: RunQuery): Page<RunEntry> {
  const passes = runFilter(query);
  const found: RunEntry[] = [];
  for (const entry of candidates(index, query)) if (passes(entry.run)) found.push(entry);
  const keyOf = ({ run, runId }: RunEntry): { createdAt: string; id: string } => ({
    createdAt: run.updatedAt,
    id: runId,
  });
  return pageNewestFirst(found, keyOf, query);
}

/** The smallest set of runs that the index knows to hold all that the query can find. */
function candidates(index: RunIndex, query: RunQuery): Iterable<RunEntry> {
  if (query.waitKey !== undefined) return index.waitingFor(query.waitKey);
  if (query.parentRunId !== undefined) return index.childrenOf(query.parentRunId);
  const isOpen = query.status === "running" || query.status === "waiting";
  const asksForWait = query.waitReason !== undefined || query.gate !== undefined;
  return isOpen || asksForWait || query.stuck === true ? index.open() : index.all();
}
