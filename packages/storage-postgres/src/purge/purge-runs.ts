import {
  AbstractRuntimeError,
  parseInstant,
  type Purged,
  type PurgeRequest,
} from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import type { PostgresArtifactStore } from "../artifact/postgres-artifact-store.ts";
import type { Database } from "../connection/database.ts";
import { indexedText } from "../connection/safe-text.ts";

/** So many families are looked at by one statement. */
const PAGE = 1_000;

interface FamilyRow {
  readonly top: string;
  readonly top_ms: string;
  readonly run_id: string;
  readonly is_old: boolean;
}

/** `DurableStore.purge`: whole families, each run after those below it. */
export async function purgeRuns(
  database: Database,
  artifacts: Pick<PostgresArtifactStore, "releaseRuns">,
  request: PurgeRequest,
): Promise<Purged> {
  const { limit = 1_000, dryRun = false } = request;
  if (!Number.isInteger(limit) || limit < 1)
    throw new AbstractRuntimeError(
      "invalid_argument",
      `limit is ${limit}: give a whole number from 1`,
    );
  const runIds = (await chosen(database, request, limit)).slice(0, limit);
  if (dryRun || runIds.length === 0) return { runIds, artifacts: 0 };
  await remove(database, runIds);
  return { runIds, artifacts: await artifacts.releaseRuns(runIds) };
}

async function chosen(
  database: Database,
  request: PurgeRequest,
  limit: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  let after: FamilyRow | undefined;
  do {
    const rows = await page(database, request, after);
    const young = new Set(rows.filter(({ is_old }) => !is_old).map(({ top }) => top));
    found.push(...rows.filter(({ top }) => !young.has(top)).map(({ run_id }) => run_id));
    after = rows.at(-1);
  } while (found.length < limit && after !== undefined);
  return found;
}

/** Families whose top may go, the longest ended first, each from its leaves up. */
async function page(
  database: Database,
  { endedBefore, statuses, workflowId }: PurgeRequest,
  after: FamilyRow | undefined,
): Promise<readonly FamilyRow[]> {
  const { rows } = await database.query<FamilyRow>("purge_page", pageSql, [
    parseInstant(endedBefore),
    statuses === undefined ? null : textArray(statuses),
    workflowId === undefined ? null : indexedText(workflowId),
    after?.top_ms ?? null,
    after?.top ?? null,
    PAGE,
  ]);
  return rows;
}

const pageSql = `with recursive tops as materialized (
  select r.run_id, r.ended_ms from {s}.runs r
  left join {s}.runs p on p.run_id = r.parent_run_id
  where r.ended_ms < $1::bigint
    and ($2::text[] is null or r.status = any($2::text[])) and ($3::text is null or r.workflow_id = $3)
    and ($4::bigint is null or (r.ended_ms, r.run_id) > ($4::bigint, $5::text))
    and (p.run_id is null or (p.status in ('running', 'waiting') and r.parent_step_id is not null
      and p.wait_step_id is distinct from r.parent_step_id))
  order by r.ended_ms, r.run_id limit $6
),
family as (
  select t.run_id as top, t.ended_ms as top_ms, t.run_id, 0 as depth from tops t
  union all
  select f.top, f.top_ms, c.run_id, f.depth + 1 from family f join {s}.runs c on c.parent_run_id = f.run_id
)
select f.top, f.top_ms, f.run_id, coalesce(r.ended_ms < $1::bigint, false) as is_old
from family f join {s}.runs r on r.run_id = f.run_id
order by f.top_ms, f.top, f.depth desc, f.run_id`;

async function remove(database: Database, runIds: readonly string[]): Promise<void> {
  for (let at = 0; at < runIds.length; at += PAGE)
    await database.query(
      "purge",
      `with runs as (delete from {s}.runs where run_id = any($1::text[])),
ledger as (delete from {s}.ledger where run_id = any($1::text[])),
checkpoints as (delete from {s}.checkpoints where run_id = any($1::text[]))
delete from {s}.inbox where run_id = any($1::text[])`,
      [textArray(runIds.slice(at, at + PAGE))],
    );
}
