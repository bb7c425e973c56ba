import {
  AbstractRuntimeError,
  type ChildPage,
  type Page,
  parseInstant,
  type RunQuery,
  type StoredRun,
} from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { indexedText, safeText } from "../connection/safe-text.ts";
import { checkpointJoin, type RunRow, runColumns, storedRun } from "../read/load-runs.ts";
import type { RunSizes } from "../write/run-sizes.ts";

/** A run's place in the list, beside what is loaded of it. */
interface ListedRow extends RunRow {
  readonly updated_ms: string;
}

/** `DurableStore.list`: latest update first, ties by run id. */
export async function listRuns(
  database: Database,
  sizes: RunSizes,
  query: RunQuery,
): Promise<Page<StoredRun>> {
  const limit = pageSize(query.limit);
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [...filters(query, place), ...after(query.cursor, place)];
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const { rows } = await database.ask<ListedRow>(
    `with page as materialized (
  select r.* from {s}.runs r ${where} order by r.updated_ms desc, r.run_id limit ${place(limit + 1)}
)
select ${runColumns}, r.updated_ms from page r ${checkpointJoin} order by r.updated_ms desc, r.run_id`,
    values,
  );
  const last = rows[limit - 1];
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items: rows.slice(0, limit).map((row) => storedRun(row, sizes)),
    nextCursor: hasMore ? `${last.updated_ms} ${last.run_id}` : null,
  };
}

/** `DurableStore.listChildren`: by run id. */
export async function listChildren(
  database: Database,
  sizes: RunSizes,
  parentRunId: string,
  { stepId, limit, cursor }: ChildPage,
): Promise<Page<StoredRun>> {
  const size = pageSize(limit);
  const { rows } = await database.query<RunRow>(
    "children",
    `with page as materialized (
  select r.* from {s}.runs r
  where r.parent_run_id = $1 and ($2::text is null or r.run_id > $2) and ($3::text is null or r.parent_step_id = $3)
  order by r.run_id limit $4
)
select ${runColumns} from page r ${checkpointJoin} order by r.run_id`,
    [
      safeText(parentRunId),
      cursor ?? null,
      stepId === undefined ? null : safeText(stepId),
      size + 1,
    ],
  );
  const last = rows[size - 1];
  return {
    items: rows.slice(0, size).map((row) => storedRun(row, sizes)),
    nextCursor: rows.length > size && last !== undefined ? last.run_id : null,
  };
}

type Place = (value: unknown) => string;

function filters(query: RunQuery, place: Place): readonly string[] {
  const equals: readonly (readonly [string, string | boolean | undefined])[] = [
    ["status", query.status],
    ["paused", query.paused],
    ["wait_reason", query.waitReason],
    ["wait_gate", query.gate],
    ["workflow_id", indexed(query.workflowId)],
    ["workflow_version", safe(query.workflowVersion)],
    ["graph_hash", query.graphHash],
    ["actor_id", safe(query.actorId)],
    ["session_id", indexed(query.sessionId)],
    ["parent_run_id", query.parentRunId],
    ["origin_run_id", query.originRunId],
  ];
  const times = [
    ["created_ms >=", query.createdAfter],
    ["created_ms <", query.createdBefore],
    ["updated_ms >=", query.updatedAfter],
    ["updated_ms <", query.updatedBefore],
  ] as const;
  return [
    ...equals.flatMap(([column, value]) =>
      value === undefined ? [] : [`r.${column} = ${place(value)}`],
    ),
    ...times.flatMap(([comparison, at]) =>
      at === undefined ? [] : [`r.${comparison} ${place(parseInstant(at))}`],
    ),
    ...(query.statuses === undefined ? [] : [`r.status = any(${place([...query.statuses])})`]),
    ...(query.waitKey === undefined
      ? []
      : [`r.wait_keys @> array[${place(indexedText(query.waitKey))}]`]),
    ...(query.root === undefined ? [] : [`r.parent_run_id is ${query.root ? "null" : "not null"}`]),
    ...(query.stuck === undefined
      ? []
      : [`r.wait_gate is ${query.stuck ? "not distinct" : "distinct"} from 'stuck'`]),
  ];
}

function after(cursor: string | undefined, place: Place): readonly string[] {
  if (cursor === undefined) return [];
  const match = /^(-?\d+) (.+)$/s.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new AbstractRuntimeError(
      "invalid_argument",
      "cursor: not a nextCursor that this store gave out",
    );
  const at = place(match[1]);
  return [`(r.updated_ms < ${at} or (r.updated_ms = ${at} and r.run_id > ${place(match[2])}))`];
}

function safe(text: string | undefined): string | undefined {
  return text === undefined ? undefined : safeText(text);
}

function indexed(text: string | undefined): string | undefined {
  return text === undefined ? undefined : indexedText(text);
}

function pageSize(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `limit is ${limit}: give a whole number from 1 to 1000`,
  );
}
