import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { encodeRecord } from "./record-codec.ts";

/** Every key of a record at rest, sorted by code point, so that rendering need not sort. */
const recordKeys = [
  "actor_id",
  "attempt",
  "begun",
  "by",
  "changes",
  "commit_id",
  "depth",
  "effect",
  "ended_at",
  "error",
  "error_details",
  "gate",
  "graph_hash",
  "idempotency_key",
  "key",
  "kind",
  "last",
  "message_id",
  "next",
  "node_id",
  "nonce",
  "on_error",
  "ordinal",
  "origin",
  "origin_commit_id",
  "output",
  "parent",
  "parent_run_id",
  "path",
  "pending",
  "prev_hash",
  "record_hash",
  "replay",
  "result",
  "retry_at",
  "revision",
  "run",
  "run_id",
  "seq",
  "session_id",
  "signature",
  "started_at",
  "status",
  "step_id",
  "usage",
  "vars",
  "verdict",
  "wait_id",
  "waiting",
  "warnings",
  "workflow_id",
  "workflow_version",
] as const;

type Label = readonly [key: string, text: string];

/** Keys with the text before each value when it is not the first one: before the links of a chain, between, and after. */
const labels = recordKeys.map((key): Label => [key, `,"${key}":`]);
const beforeHashes = labels.filter(([key]) => key < "prev_hash");
const beforeSignature = labels.filter(([key]) => key > "record_hash" && key < "signature");
const afterSignature = labels.filter(([key]) => key > "signature");

const rendered = new WeakMap<LedgerRecord, string>();

/**
 * Let `renderRecord` give this text for this very record: whoever hashed a text has it stored as it was hashed.
 *
 * @param text what `renderRecord` would make of the record
 */
export function keepRendered(record: LedgerRecord, text: string): void {
  rendered.set(record, text);
}

/**
 * A record as its one line of the ledger: canonical JSON, which is also what a hash chain hashes. All of 0.2.0's keys are
 * there, ours only where they say something.
 */
export function renderRecord(record: LedgerRecord): string {
  const kept = rendered.get(record);
  if (kept !== undefined) return kept;
  const [head, middle, tail] = renderPieces(record);
  const { prevHash = null, recordHash = null, signature = null } = record;
  const hashes = `,"prev_hash":${canonicalJson(prevHash)},"record_hash":${canonicalJson(recordHash)}`;
  return `${head}${hashes}${middle},"signature":${canonicalJson(signature)}${tail}`;
}

/**
 * A record's line without its links, in the pieces between which they stand: before `,"prev_hash":…,"record_hash":…`, from
 * there to `,"signature":…`, and after it.
 */
export function renderPieces(
  record: LedgerRecord,
): readonly [head: string, middle: string, tail: string] {
  const fields = encodeRecord(record);
  const head = `{${renderMembers(fields, beforeHashes).slice(1)}`;
  return [
    head,
    renderMembers(fields, beforeSignature),
    `${renderMembers(fields, afterSignature)}}`,
  ];
}

function renderMembers(fields: JsonObject, members: readonly Label[]): string {
  let text = "";
  for (const [key, label] of members) {
    const value = fields[key];
    if (value !== undefined) text += label + (value === null ? "null" : canonicalJson(value));
  }
  return text;
}
