import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { EffectRequest, Pending, ReplayContract } from "../run/pending.ts";
import type { Fields } from "./fields.ts";

const replays: readonly ReplayContract[] = ["safe", "idempotent", "never"];

export function encodePending(pending: Pending): JsonObject {
  return {
    phase: pending.phase,
    step_id: pending.stepId,
    ordinal: pending.ordinal,
    node_id: pending.nodeId,
    effect: encodeEffect(pending.effect),
    next: pending.next,
    on_error: pending.onError,
    replay: pending.replay,
    idempotency_key: pending.idempotencyKey,
    wait_id: pending.waitId,
    attempt: pending.attempt,
    failures: pending.failures,
    interruptions: pending.interruptions,
    not_before: pending.notBefore,
    started_at: pending.startedAt,
  };
}

/** @throws store_corrupt */
export function decodePending(fields: Fields): Pending {
  return {
    phase: fields.oneOf("phase", ["ready", "begun"]),
    stepId: fields.text("step_id"),
    ordinal: fields.count("ordinal"),
    nodeId: fields.text("node_id"),
    effect: decodeEffect(fields.inner("effect")),
    next: fields.textOrNull("next"),
    onError: fields.textOrNull("on_error"),
    replay: decodeReplay(fields),
    idempotencyKey: fields.text("idempotency_key"),
    waitId: fields.text("wait_id"),
    attempt: fields.count("attempt"),
    failures: fields.count("failures"),
    interruptions: fields.count("interruptions"),
    notBefore: fields.instantOrNull("not_before"),
    startedAt: fields.instantOrNull("started_at"),
  };
}

/** An effect at rest: 0.2.0's three fields, and `refs` if there are any. */
export function encodeEffect(effect: EffectRequest): JsonObject {
  const fields: Record<string, JsonValue> = {
    type: effect.type,
    payload: effect.payload,
    result_key: effect.resultKey,
  };
  if (effect.refs !== null) fields["refs"] = effect.refs;
  return fields;
}

export function decodeEffect(fields: Fields): EffectRequest {
  return {
    type: fields.text("type"),
    payload: fields.object("payload"),
    resultKey: fields.textOrNull("result_key"),
    refs: fields.lacks("refs") ? null : fields.textMap("refs"),
  };
}

export function decodeReplay(fields: Fields): ReplayContract {
  return fields.oneOf("replay", replays);
}
