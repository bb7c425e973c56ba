import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { encodeRecord } from "./record-codec.ts";

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
  return [beforeHashes(fields), beforeSignature(fields), `${afterSignature(fields)}}`];
}

/** Keys in order of code points, so that nothing is sorted; one by one, since looking them up by a list costs most. */
function beforeHashes(fields: JsonObject): string {
  return (
    member('{"actor_id":', fields["actor_id"]) +
    member(',"attempt":', fields["attempt"]) +
    member(',"begun":', fields["begun"]) +
    member(',"by":', fields["by"]) +
    member(',"changes":', fields["changes"]) +
    member(',"commit_id":', fields["commit_id"]) +
    member(',"depth":', fields["depth"]) +
    member(',"effect":', fields["effect"]) +
    member(',"ended_at":', fields["ended_at"]) +
    member(',"error":', fields["error"]) +
    member(',"error_details":', fields["error_details"]) +
    member(',"gate":', fields["gate"]) +
    member(',"graph_hash":', fields["graph_hash"]) +
    member(',"idempotency_key":', fields["idempotency_key"]) +
    member(',"key":', fields["key"]) +
    member(',"kind":', fields["kind"]) +
    member(',"last":', fields["last"]) +
    member(',"message_id":', fields["message_id"]) +
    member(',"next":', fields["next"]) +
    member(',"node_id":', fields["node_id"]) +
    member(',"nonce":', fields["nonce"]) +
    member(',"on_error":', fields["on_error"]) +
    member(',"ordinal":', fields["ordinal"]) +
    member(',"origin":', fields["origin"]) +
    member(',"origin_commit_id":', fields["origin_commit_id"]) +
    member(',"output":', fields["output"]) +
    member(',"parent":', fields["parent"]) +
    member(',"parent_run_id":', fields["parent_run_id"]) +
    member(',"path":', fields["path"]) +
    member(',"pending":', fields["pending"])
  );
}

function beforeSignature(fields: JsonObject): string {
  return (
    member(',"replay":', fields["replay"]) +
    member(',"result":', fields["result"]) +
    member(',"retry_at":', fields["retry_at"]) +
    member(',"revision":', fields["revision"]) +
    member(',"run":', fields["run"]) +
    member(',"run_id":', fields["run_id"]) +
    member(',"seq":', fields["seq"]) +
    member(',"session_id":', fields["session_id"])
  );
}

function afterSignature(fields: JsonObject): string {
  return (
    member(',"started_at":', fields["started_at"]) +
    member(',"status":', fields["status"]) +
    member(',"step_id":', fields["step_id"]) +
    member(',"usage":', fields["usage"]) +
    member(',"vars":', fields["vars"]) +
    member(',"verdict":', fields["verdict"]) +
    member(',"wait_id":', fields["wait_id"]) +
    member(',"waiting":', fields["waiting"]) +
    member(',"warnings":', fields["warnings"]) +
    member(',"workflow_id":', fields["workflow_id"]) +
    member(',"workflow_version":', fields["workflow_version"])
  );
}

/** @param label what stands before the value */
function member(label: string, value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return label + (value === null ? "null" : canonicalJson(value));
}
