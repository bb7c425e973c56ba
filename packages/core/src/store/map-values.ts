import type { Message } from "../inbox/message.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { EffectRequest } from "../run/pending.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import type { Wait } from "../wait/wait.ts";

/**
 * What happens to each value. Objects must stay objects, texts texts.
 *
 * @param place where it stands in its record, state or message, as a JSON Pointer without the first slash: `vars`,
 *   `result`, `wait/prompt`; of a value in a patch, the operation's index and path: `changes/0/context/messages/-`
 */
export type MapValue = (value: JsonValue, place: string) => JsonValue;

/** A run with each value mapped that its records brought: `vars`, payload, output, and what waits and errors tell. */
export function mapRun(run: RunState, map: MapValue): RunState {
  const vars = mapObject(run.vars, map, "vars");
  switch (run.status) {
    case "running":
      return { ...run, vars, pending: mapPending(run.pending, map) };
    case "waiting":
      return {
        ...run,
        vars,
        pending: mapPending(run.pending, map),
        waiting: mapWait(run.waiting, map, "waiting"),
      };
    case "completed":
      return { ...run, vars, output: map(run.output, "output") };
    case "failed":
    case "cancelled":
      return { ...run, vars, error: mapError(run.error, map, "error") };
    default:
      return run satisfies never;
  }
}

/** A record with each value mapped, those in patches too. */
export function mapRecord(record: LedgerRecord, map: MapValue): LedgerRecord {
  switch (record.kind) {
    case "created":
      return { ...record, vars: mapObject(record.vars, map, "vars") };
    case "adopted":
      return { ...record, run: mapRun(record.run, (value, place) => map(value, `run/${place}`)) };
    case "ready":
    case "begun": {
      const { intent } = record;
      if (intent === null) return record;
      const changes = mapPatch(intent.changes, map);
      const effect = mapEffect(intent.effect, map, "effect");
      return { ...record, intent: { ...intent, changes, effect } };
    }
    case "completed":
    case "timed_out":
      return { ...record, result: map(record.result, "result") };
    case "answered":
    case "settled":
    case "late":
      return {
        ...record,
        result: map(record.result, "result"),
        error: mapErrorOrNull(record.error, map),
      };
    case "failed":
      return { ...record, error: mapError(record.error, map, "error") };
    case "refused":
      return { ...record, reason: mapError(record.reason, map, "reason") };
    case "waiting":
    case "gated":
      return { ...record, wait: mapWait(record.wait, map, "wait") };
    case "forked":
    case "migrated":
      return {
        ...record,
        changes: mapPatch(record.changes, map),
        pending: mapPending(record.pending, map),
        waiting: record.waiting === null ? null : mapWait(record.waiting, map, "waiting"),
      };
    case "moved":
    case "limits":
    case "entered":
      return { ...record, changes: mapPatch(record.changes, map) };
    case "ended":
      return {
        ...record,
        changes: mapPatch(record.changes, map),
        output: map(record.output, "output"),
        error: mapErrorOrNull(record.error, map),
      };
    case "cancelled":
      return { ...record, reason: mapText(record.reason, map, "reason") };
    case "interrupted":
    case "branched":
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

/** A message with each value mapped. */
export function mapMessage<Kind extends Message>(message: Kind, map: MapValue): Kind;
export function mapMessage(message: Message, map: MapValue): Message {
  switch (message.kind) {
    case "answer":
    case "event":
      return { ...message, payload: map(message.payload, "payload") };
    case "child_ended":
      return {
        ...message,
        output: map(message.output, "output"),
        error: mapErrorOrNull(message.error, map),
      };
    case "settle":
      return { ...message, result: map(message.result, "result") };
    case "outcome":
      return {
        ...message,
        result: map(message.result, "result"),
        error: mapErrorOrNull(message.error, map),
      };
    case "limits":
      return { ...message, limits: mapObject(message.limits, map, "limits") };
    case "cancel":
      return { ...message, reason: mapText(message.reason, map, "reason") };
    case "join_due":
    case "spent":
    case "pause":
    case "unpause":
      return { ...message };
    default:
      return message satisfies never;
  }
}

function mapPatch(patch: Patch, map: MapValue): Patch {
  return patch.map((operation, index) =>
    operation.op === "remove"
      ? operation
      : { ...operation, value: map(operation.value, `changes/${index}${operation.path}`) },
  );
}

function mapPending<Held extends RunState["pending"]>(pending: Held, map: MapValue): Held {
  return pending === null
    ? pending
    : { ...pending, effect: mapEffect(pending.effect, map, "pending/effect") };
}

function mapEffect(effect: EffectRequest, map: MapValue, place: string): EffectRequest {
  return { ...effect, payload: mapObject(effect.payload, map, `${place}/payload`) };
}

/** The list of choices stays a list. */
function mapWait(wait: Wait, map: MapValue, place: string): Wait {
  const { prompt, choices, details } = wait;
  return {
    ...wait,
    prompt: prompt === null ? null : mapText(prompt, map, `${place}/prompt`),
    choices: choices?.map((choice, index) => map(choice, `${place}/choices/${index}`)) ?? null,
    details: details === null ? null : mapObject(details, map, `${place}/details`),
  };
}

function mapErrorOrNull(error: RunError | null, map: MapValue): RunError | null {
  return error === null ? null : mapError(error, map, "error");
}

function mapError(error: RunError, map: MapValue, place: string): RunError {
  const message = mapText(error.message, map, `${place}/message`);
  return error.details === undefined
    ? { ...error, message }
    : { ...error, message, details: mapObject(error.details, map, `${place}/details`) };
}

/** Mapped as a whole, not member by member, so that an object in which nothing changes may stay the same. */
function mapObject(object: JsonObject, map: MapValue, place: string): JsonObject {
  return map(object, place) as JsonObject;
}

function mapText(text: string, map: MapValue, place: string): string {
  return map(text, place) as string;
}
