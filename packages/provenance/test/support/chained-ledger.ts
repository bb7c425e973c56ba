import { createHash } from "node:crypto";
import {
  canonicalJson,
  encodeRecord,
  type JsonObject,
  type LedgerRecord,
} from "@abstractruntime/core/store";
import type { Sealer } from "../../src/sign/sealer.ts";

/** Records of one commit: their kinds, and who acts. */
export interface PlannedCommit {
  readonly kinds: readonly ("cancelled" | "moved")[];
  readonly actorId?: string | null;
}

/** The stored texts of a run's ledger, chained as 0.2.0 chains and sealed commit by commit. Independent of the decorator. */
export async function chainedLedger(
  sealer: Sealer,
  commits: readonly PlannedCommit[],
  runId = "run-1",
): Promise<readonly string[]> {
  const texts: string[] = [];
  let prevHash: string | null = null;
  for (const commit of commits) {
    const chained = [];
    for (const [index, kind] of commit.kinds.entries()) {
      const seq = texts.length + index + 1;
      const isLast = index === commit.kinds.length - 1;
      const record = newRecord(kind, { runId, seq, last: isLast, actorId: commit.actorId ?? null });
      const json: JsonObject = { ...encodeRecord(record), prev_hash: prevHash };
      const recordHash = hashOf(json);
      chained.push({ record, json, recordHash });
      prevHash = recordHash;
    }
    const signatures = await sealer.seal(chained);
    for (const [index, { json, recordHash }] of chained.entries())
      texts.push(
        canonicalJson({ ...json, record_hash: recordHash, signature: signatures[index] ?? null }),
      );
  }
  return texts;
}

/** The hash of a record by 0.2.0's rule. */
export function hashOf(record: JsonObject): string {
  const { record_hash: _, signature: __, ...hashed } = record;
  return createHash("sha256").update(canonicalJson(hashed)).digest("hex");
}

/** A record of its stored text, changed and written again with the signature that it has. */
export function rewritten(text: string, change: (record: Record<string, unknown>) => void): string {
  const record = JSON.parse(text) as Record<string, unknown>;
  change(record);
  return canonicalJson(record as JsonObject);
}

function newRecord(
  kind: "cancelled" | "moved",
  {
    runId,
    seq,
    last,
    actorId,
  }: { runId: string; seq: number; last: boolean; actorId: string | null },
): LedgerRecord {
  const at = "2026-03-01T09:00:00.000Z";
  const place = { runId, seq, revision: seq, commitId: `commit-${seq}`, last, nodeId: "work" };
  const common = { ...place, startedAt: at, endedAt: at, actorId, sessionId: null };
  return kind === "moved"
    ? { ...common, kind, path: [], changes: [] }
    : { ...common, kind, reason: "enough", messageId: null, by: null };
}
