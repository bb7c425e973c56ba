import type { Message } from "../../inbox/message.ts";
import type { JsonObject, JsonValue } from "../../json/json-value.ts";
import type { Patch } from "../../json/patch.ts";
import type { LedgerRecord } from "../../ledger/ledger-record.ts";
import type { EffectRequest } from "../../run/pending.ts";
import type { RunError, RunState } from "../../run/run-state.ts";
import type { Wait } from "../../wait/wait.ts";
import { thawMarker } from "./marker.ts";

/** What happens to each value. Objects must stay objects. */
export type MapValue = (value: JsonValue) => JsonValue;

/** A run with each value mapped that its records brought: `vars`, payload, output, and what waits and errors tell. */
export function mapRun(run: RunState, map: MapValue): RunState {
  const vars = mapObject(run.vars, map);
  switch (run.status) {
    case "running":
      return { ...run, vars, pending: mapPending(run.pending, map) };
    case "waiting":
      return {
        ...run,
        vars,
        pending: mapPending(run.pending, map),
        waiting: mapWait(run.waiting, map),
      };
    case "completed":
      return { ...run, vars, output: map(run.output) };
    case "failed":
    case "cancelled":
      return { ...run, vars, error: mapError(run.error, map) };
    default:
      return run satisfies never;
  }
}

/** A record with each value mapped, those in patches too. */
export function mapRecord(record: LedgerRecord, map: MapValue): LedgerRecord {
  switch (record.kind) {
    case "created":
      return { ...record, vars: mapObject(record.vars, map) };
    case "adopted":
      return { ...record, run: mapRun(record.run, map) };
    case "ready":
    case "begun": {
      const { intent } = record;
      if (intent === null) return record;
      const changes = mapPatch(intent.changes, map);
      return { ...record, intent: { ...intent, changes, effect: mapEffect(intent.effect, map) } };
    }
    case "completed":
    case "timed_out":
      return { ...record, result: map(record.result) };
    case "answered":
    case "settled":
    case "late":
      return { ...record, result: map(record.result), error: mapErrorOrNull(record.error, map) };
    case "failed":
      return { ...record, error: mapError(record.error, map) };
    case "refused":
      return { ...record, reason: mapError(record.reason, map) };
    case "waiting":
    case "gated":
      return { ...record, wait: mapWait(record.wait, map) };
    case "forked":
    case "migrated":
      return {
        ...record,
        changes: mapPatch(record.changes, map),
        pending: mapPending(record.pending, map),
        waiting: record.waiting === null ? null : mapWait(record.waiting, map),
      };
    case "moved":
    case "limits":
    case "entered":
      return { ...record, changes: mapPatch(record.changes, map) };
    case "ended":
      return {
        ...record,
        changes: mapPatch(record.changes, map),
        output: map(record.output),
        error: mapErrorOrNull(record.error, map),
      };
    case "interrupted":
    case "branched":
    case "cancelled":
    case "paused":
    case "unpaused":
      return record;
    default:
      return record satisfies never;
  }
}

/** A record with its patch replaced, where it has one. */
export function withPatch(record: LedgerRecord, changes: Patch): LedgerRecord {
  if (record.kind === "ready" || record.kind === "begun")
    return record.intent === null ? record : { ...record, intent: { ...record.intent, changes } };
  return "changes" in record ? { ...record, changes } : record;
}

/** A record's patch; none for most. */
export function patchOf(record: LedgerRecord): Patch {
  if (record.kind === "ready" || record.kind === "begun") return record.intent?.changes ?? [];
  return "changes" in record ? record.changes : [];
}

/** A patch without the operations that only undid an offloading. */
export function withoutThaws(patch: Patch): Patch {
  const isThaw = (index: number): boolean => {
    const operation = patch[index];
    return operation?.op === "replace" && operation.value === thawMarker;
  };
  return patch.filter((_operation, index) => !isThaw(index) && !isThaw(index - 1));
}

/** A message with each value mapped. */
export function mapMessage<Kind extends Message>(message: Kind, map: MapValue): Kind;
export function mapMessage(message: Message, map: MapValue): Message {
  switch (message.kind) {
    case "answer":
    case "event":
      return { ...message, payload: map(message.payload) };
    case "child_ended":
      return { ...message, output: map(message.output), error: mapErrorOrNull(message.error, map) };
    case "settle":
      return { ...message, result: map(message.result) };
    case "outcome":
      return { ...message, result: map(message.result), error: mapErrorOrNull(message.error, map) };
    case "limits":
      return { ...message, limits: mapObject(message.limits, map) };
    case "join_due":
    case "spent":
    case "cancel":
    case "pause":
    case "unpause":
      return { ...message };
    default:
      return message satisfies never;
  }
}

function mapPatch(patch: Patch, map: MapValue): Patch {
  return patch.map((operation) =>
    operation.op === "remove" ? operation : { ...operation, value: map(operation.value) },
  );
}

function mapPending<Held extends RunState["pending"]>(pending: Held, map: MapValue): Held {
  return pending === null ? pending : { ...pending, effect: mapEffect(pending.effect, map) };
}

function mapEffect(effect: EffectRequest, map: MapValue): EffectRequest {
  return { ...effect, payload: mapObject(effect.payload, map) };
}

/** The list of choices stays a list. */
function mapWait(wait: Wait, map: MapValue): Wait {
  const { choices, details } = wait;
  return {
    ...wait,
    choices: choices === null ? null : choices.map(map),
    details: details === null ? null : mapObject(details, map),
  };
}

function mapErrorOrNull(error: RunError | null, map: MapValue): RunError | null {
  return error === null ? null : mapError(error, map);
}

function mapError(error: RunError, map: MapValue): RunError {
  return error.details === undefined ? error : { ...error, details: mapObject(error.details, map) };
}

/** Mapped as a whole, not member by member, so that an object in which nothing changes may stay the same. */
function mapObject(object: JsonObject, map: MapValue): JsonObject {
  return map(object) as JsonObject;
}
