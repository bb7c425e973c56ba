import { formatInstant, type RunHead } from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import { idsOf } from "../connection/by-id.ts";
import type { Database } from "../connection/database.ts";
import { givenText, givenTextOrNull, safeText } from "../connection/safe-text.ts";

/** Scheduling columns of a run. */
export interface HeadRow {
  readonly run_id: string;
  readonly revision: number;
  readonly seq: number;
  readonly fold_from: number;
  readonly commit_id: string;
  readonly ledger_head: string | null;
  readonly lease_id: string | null;
  readonly lease_owner: string | null;
  readonly claims: number;
  /** `bigint` comes as text. */
  readonly wake_ms: string | null;
  readonly inbox_seq: number;
  readonly inbox_size: number;
}

/** What of a row says whether it may be written. */
export interface FoundHead {
  readonly runId: string;
  readonly run: { readonly revision: number };
  readonly seq: number;
  /** Lines up to this one are no records: folding begins after them. */
  readonly foldFrom: number;
  readonly commitId: string;
  readonly leaseId: string | null;
  readonly leaseOwner: string | null;
  readonly wakeAt: number | null;
  readonly inboxSeq: number;
}

export const headColumns =
  "r.run_id, r.revision, r.seq, r.fold_from, r.commit_id, r.ledger_head, r.lease_id, r.lease_owner, r.claims, r.wake_ms, r.inbox_seq, r.inbox_size";

/** Heads of runs, and the database's time. */
export async function loadHeads(
  database: Database,
  runIds: readonly string[],
): Promise<{ readonly now: number; readonly rows: ReadonlyMap<string, FoundHead> }> {
  const ids = idsOf("$1");
  const { rows } = await database.query<Partial<HeadRow> & { readonly now: string }>(
    "heads",
    `select coalesce($2::bigint, {s}.clock_ms()) as now, ${headColumns}
from (select 1) as one left join (
  select r.* from ${ids.from} join {s}.runs r on r.run_id = i.run_id where ${ids.where}
) r on true`,
    [textArray(runIds.map(safeText)), database.now],
  );
  const found = rows.flatMap((row) => (isFound(row) ? [foundHead(row)] : []));
  return { now: Number(rows[0]?.now), rows: new Map(found.map((row) => [row.runId, row])) };
}

export function headOf(row: HeadRow): RunHead {
  return Object.freeze({
    wakeAt: row.wake_ms === null ? null : formatInstant(Number(row.wake_ms)),
    leaseId: givenTextOrNull(row.lease_id),
    leaseOwner: givenTextOrNull(row.lease_owner),
    claims: row.claims,
    inboxSeq: row.inbox_seq,
    inboxSize: row.inbox_size,
    commitId: givenText(row.commit_id),
    ledgerHead: givenTextOrNull(row.ledger_head),
  });
}

function isFound(row: Partial<HeadRow>): row is HeadRow {
  return typeof row.run_id === "string";
}

function foundHead(row: HeadRow): FoundHead {
  return {
    runId: row.run_id,
    run: { revision: row.revision },
    seq: row.seq,
    foldFrom: row.fold_from,
    commitId: givenText(row.commit_id),
    leaseId: givenTextOrNull(row.lease_id),
    leaseOwner: givenTextOrNull(row.lease_owner),
    wakeAt: row.wake_ms === null ? null : Number(row.wake_ms),
    inboxSeq: row.inbox_seq,
  };
}
