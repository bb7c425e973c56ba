import { gates, reasons } from "../codec/wait-codec.ts";
import { statuses } from "../codec/run-codec.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore, Page, RunQuery } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { assertFlag, assertKnown, assertListOf, assertOneOf, invalid } from "./assert-known.ts";

const texts = [
  "waitKey",
  "workflowId",
  "workflowVersion",
  "graphHash",
  "actorId",
  "sessionId",
  "parentRunId",
  "originRunId",
  "createdAfter",
  "createdBefore",
  "updatedAfter",
  "updatedBefore",
  "cursor",
] as const satisfies readonly (keyof RunQuery)[];
const flags = ["paused", "root", "stuck"] as const satisfies readonly (keyof RunQuery)[];
const names: readonly string[] = [
  "status",
  "statuses",
  "waitReason",
  "gate",
  "limit",
  ...flags,
  ...texts,
];

/** A page of runs by filter, latest change first. @throws invalid_argument, invalid_instant */
export async function listRuns(
  store: DurableStore,
  query: RunQuery,
  options: Abortable,
): Promise<Page<RunState>> {
  assertRunQuery(query);
  const { items, nextCursor } = await store.list(query, options);
  return { items: items.map(({ run }) => deepFreeze(run)), nextCursor };
}

/** All runs that pass, page by page. @throws invalid_argument, invalid_instant */
export async function* eachRun(
  store: DurableStore,
  query: RunQuery,
  options: Abortable,
): AsyncGenerator<RunState, void, void> {
  for (let cursor = query.cursor ?? null, isFirst = true; isFirst || cursor !== null;) {
    options.signal?.throwIfAborted();
    const page: Page<RunState> = await listRuns(
      store,
      cursor === null ? query : { ...query, cursor },
      options,
    );
    yield* page.items;
    cursor = page.nextCursor;
    isFirst = false;
  }
}

/** Refuse a filter that means nothing, where it would find nothing or everything. @throws invalid_argument */
function assertRunQuery(query: RunQuery): void {
  assertKnown(query, names, "query");
  assertOneOf(query.status, statuses, "query.status");
  assertListOf(query.statuses, statuses, "query.statuses");
  assertOneOf(query.waitReason, reasons, "query.waitReason");
  assertOneOf(query.gate, gates, "query.gate");
  for (const name of flags) assertFlag(query[name], `query.${name}`);
  for (const name of texts)
    if (query[name] !== undefined && typeof query[name] !== "string")
      throw invalid(`query.${name}: give a text`);
}
