import {
  type Claimed,
  claimFilter,
  type ClaimRequest,
  formatInstant,
} from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import { idsOf, rarely } from "../connection/by-id.ts";
import type { Database } from "../connection/database.ts";
import { indexedText, safeText, safeTextOrNull } from "../connection/safe-text.ts";
import { loadReadable } from "../read/load-runs.ts";
import type { RunSizes } from "../write/run-sizes.ts";

interface ClaimedRow {
  readonly run_id: string | null;
  readonly now: string;
  readonly next: string | null;
}

/**
 * `DurableStore.claimDue`, on the database's clock. Runs that somebody else is about to take are passed over; one that
 * can't be read keeps nobody from the others, and is reported when it is alone.
 */
export async function claimDue(
  database: Database,
  sizes: RunSizes,
  request: ClaimRequest,
): Promise<Claimed> {
  claimFilter(request); // checks the request
  const { owner, leaseMs, limit, leaseIds, runIds, workflows } = request;
  const { rows } = await database.query<ClaimedRow>(
    runIds === undefined ? "claim" : "claim_these",
    claimSql(runIds !== undefined),
    [
      database.now,
      limit,
      textArray(leaseIds.map(safeText)),
      safeText(owner),
      leaseMs,
      runIds === undefined ? null : textArray(runIds),
      workflows === undefined
        ? null
        : textArray(workflows.map((ref) => indexedText(ref.workflowId))),
      workflows === undefined ? null : textArray(workflows.map((ref) => ref.graphHash ?? null)),
      workflows === undefined
        ? null
        : textArray(workflows.map((ref) => safeTextOrNull(ref.workflowVersion ?? null))),
    ],
  );
  const claimed = rows.flatMap((row) => (row.run_id === null ? [] : [row.run_id]));
  const runs = await loadReadable(database, sizes, claimed);
  const ours = new Set<string | null>(leaseIds);
  const { now, next } = rows[0] ?? { now: "0", next: null };
  const nextWakeAt = claimed.length === limit ? now : next;
  return {
    now: formatInstant(Number(now)),
    nextWakeAt:
      nextWakeAt === null || runIds !== undefined ? null : formatInstant(Number(nextWakeAt)),
    // Loading may take longer than the lease: then the run is somebody else's.
    runs: claimed.flatMap((runId) => {
      const stored = runs.get(runId);
      return stored !== undefined && ours.has(stored.head.leaseId) ? [stored] : [];
    }),
  };
}

/** So many runs are looked at whose `due_ms` is behind their lease: it is over sooner than the next run becomes due. */
const LAGGING = 500;

/** Who asks for certain runs waits for their rows; who asks for any takes what is free. */
function claimSql(isThese: boolean): string {
  const ids = idsOf("$6");
  return `with clock as materialized (select coalesce($1::bigint, {s}.clock_ms()) as now),
next as materialized (select least(
  (select min(due_ms) from {s}.runs where due_ms > (select now from clock)),
  (select min(h.wake_ms) from (
    select wake_ms from {s}.runs where due_ms <= (select now from clock) order by due_ms limit ${LAGGING}
  ) h where h.wake_ms > (select now from clock))
) as ms),
due as materialized (
  select r.run_id, r.wake_ms from {s}.runs r
  where r.due_ms <= (select now from clock) and r.wake_ms <= (select now from clock)
    and ${isThese ? `r.run_id in (select i.run_id from ${ids.from} where ${ids.where})` : "$6::text[] is null"}
    and ($7::text[] is null or exists (
      select 1 from unnest($7::text[], $8::text[], $9::text[]) as w(workflow_id, graph_hash, workflow_version)
      where w.workflow_id = r.workflow_id
        and (w.graph_hash is null or r.graph_hash is null or w.graph_hash = r.graph_hash)
        and (w.workflow_version is null or r.workflow_version is null or w.workflow_version = r.workflow_version)
    ))
  order by r.due_ms limit $2
  for update of r ${isThese ? "" : "skip locked"}
),
placed as (select run_id, wake_ms, row_number() over (order by wake_ms, run_id) as place from due),
taken as (
  update {s}.runs r set lease_id = ($3::text[])[p.place], lease_owner = $4, claims = r.claims + 1,
    wake_ms = clock.now + $5::bigint, due_ms = clock.now + $5::bigint
  from placed p, clock where r.run_id = p.run_id and ${rarely("p.run_id")}
  returning r.run_id, p.place
)
select t.run_id, clock.now, next.ms as next from clock cross join next left join taken t on true order by t.place`;
}
