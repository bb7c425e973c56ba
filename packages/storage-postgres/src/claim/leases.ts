import { assertLease, assertRead, parseInstant } from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import { idsOf } from "../connection/by-id.ts";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import { loadHeads } from "../read/load-heads.ts";

/** `DurableStore.renew`. */
export async function renew(
  database: Database,
  leases: readonly { readonly runId: string; readonly leaseId: string }[],
  leaseMs: number,
): Promise<ReadonlyMap<string, number>> {
  if (leases.length === 0) return new Map();
  const ids = idsOf("$2");
  const { rows } = await database.query<{ readonly run_id: string; readonly inbox_seq: number }>(
    "renew",
    `with clock as materialized (select coalesce($1::bigint, {s}.clock_ms()) as now),
locked as materialized (
  select r.run_id from ${ids.from} join {s}.runs r on r.run_id = i.run_id where ${ids.where} order by r.run_id for update of r
)
update {s}.runs r set wake_ms = clock.now + $4::bigint, due_ms = clock.now + $4::bigint
from clock, unnest($2::text[], $3::text[]) as i(run_id, lease_id)
where r.run_id = i.run_id and ${ids.where} and r.lease_id = i.lease_id and (select count(*) from locked) >= 0
returning r.run_id, r.inbox_seq`,
    [
      database.now,
      textArray(leases.map(({ runId }) => runId)),
      textArray(leases.map(({ leaseId }) => safeText(leaseId))),
      leaseMs,
    ],
  );
  return new Map(rows.map((row) => [row.run_id, row.inbox_seq]));
}

export interface GiveBack {
  readonly runId: string;
  readonly leaseId: string;
  readonly inboxSeq: number;
  readonly wakeAt: string | null;
}

/** `DurableStore.giveBack`. */
export async function giveBack(database: Database, back: GiveBack): Promise<void> {
  const { runId, leaseId, inboxSeq, wakeAt } = back;
  const wakeMs = wakeAt === null ? null : parseInstant(wakeAt);
  const { rowCount } = await database.query(
    "give_back",
    `update {s}.runs set lease_id = null, lease_owner = null, claims = 0, wake_ms = $4::bigint, due_ms = $4::bigint
where run_id = $1 and lease_id = $2 and inbox_seq <= $3
returning case when wake_ms <= coalesce($5::bigint, {s}.clock_ms()) then {s}.tell_due() end`,
    [runId, safeText(leaseId), inboxSeq, wakeMs, database.now],
  );
  if (rowCount === 1) return;
  const { rows } = await loadHeads(database, [runId]);
  const row = rows.get(runId);
  assertLease(row, runId, leaseId);
  assertRead(row, inboxSeq);
  return giveBack(database, back);
}
