import type { RecordBody } from "../ledger/record-body.ts";
import type { Pending } from "../run/pending.ts";
import { formatInstant } from "../time/instant.ts";

/** The record that intends an open step once more, whole, as its first one did. */
export function intendAgain(pending: Pending, now: number): RecordBody {
  const { nodeId, stepId, ordinal, attempt, idempotencyKey } = pending;
  const { effect, next, onError, replay, waitId } = pending;
  return {
    kind: "begun",
    nodeId,
    stepId,
    ordinal,
    attempt,
    idempotencyKey,
    effectType: effect.type,
    intent: { path: [], changes: [], effect, next, onError, replay, waitId },
    startedAt: formatInstant(now),
    endedAt: null,
  };
}
