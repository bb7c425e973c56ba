import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { readRecord } from "./decode-record.ts";
import { Fields } from "./fields.ts";
import type { LegacyStatus } from "./legacy-status.ts";
import { parseJsonText } from "./parse-json-text.ts";

/** A ledger record as 0.2.0 wrote it. It has no number, and what it leaves out (vars, moves, answers) can't be folded. */
export interface LegacyRecord {
  readonly runId: string;
  readonly stepId: string;
  readonly nodeId: string;
  readonly status: LegacyStatus;
  readonly effect: LegacyEffect | null;
  readonly result: JsonValue;
  readonly error: string | null;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly attempt: number;
  readonly idempotencyKey: string | null;
  readonly prevHash: string | null;
  readonly recordHash: string | null;
  readonly signature: string | null;
}

export interface LegacyEffect {
  readonly type: string;
  readonly payload: JsonObject;
  readonly resultKey: string | null;
}

/**
 * A line of a ledger that 0.2.0 wrote. Numbers are those of JSON.parse; to hash the line, read it with `parseLossless`.
 *
 * @param where names file and line in errors
 * @throws store_corrupt
 */
export function decodeLegacyRecord(text: string, where: string): LegacyRecord {
  return readLegacyRecord(new Fields(parseJsonText(text, where), where));
}

/**
 * A line of a ledger that began under 0.2.0 and may go on under us: ours have a `seq`.
 *
 * @throws store_corrupt
 */
export function decodeLedgerLine(text: string, where: string): LedgerRecord | LegacyRecord {
  const fields = new Fields(parseJsonText(text, where), where);
  return fields.has("seq") ? readRecord(fields) : readLegacyRecord(fields);
}

function readLegacyRecord(fields: Fields): LegacyRecord {
  return {
    runId: fields.text("run_id"),
    stepId: fields.text("step_id"),
    nodeId: fields.text("node_id"),
    status: fields.oneOf("status", ["started", "completed", "waiting", "failed"]),
    effect: fields.optional("effect", readEffect),
    result: fields.value("result"),
    error: fields.textOrNull("error"),
    startedAt: fields.instant("started_at"),
    endedAt: fields.instantOrNull("ended_at"),
    actorId: fields.textOrNull("actor_id"),
    sessionId: fields.textOrNull("session_id"),
    attempt: fields.count("attempt", 0, 1),
    idempotencyKey: fields.textOrNull("idempotency_key"),
    prevHash: fields.textOrNull("prev_hash"),
    recordHash: fields.textOrNull("record_hash"),
    signature: fields.textOrNull("signature"),
  };
}

function readEffect(fields: Fields): LegacyEffect {
  return {
    type: fields.text("type"),
    payload: fields.lacks("payload") ? {} : fields.object("payload"),
    resultKey: fields.textOrNull("result_key"),
  };
}
