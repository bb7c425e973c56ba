import type { JsonValue } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { usageIn, type Usage } from "../limits/usage.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { instantly } from "../step/transition.ts";
import type { Wait } from "../wait/wait.ts";
import type { Message } from "./message.ts";

/** A message that could not be used, and why. */
export function refused(
  run: RunState,
  message: Message,
  code: string,
  why: string,
  now: number,
): RecordBody {
  const waitId = "waitId" in message ? message.waitId : null;
  const reason: RunError = {
    code,
    message: why,
    nodeId: run.currentNode,
    stepId: null,
    attempt: null,
  };
  return { kind: "refused", waitId, reason, ...said(run, message, now) };
}

/** An effect of unknown outcome happened after all. */
export function happened(
  run: RunState,
  gate: Wait,
  message: Message,
  result: JsonValue,
  now: number,
): RecordBody {
  const { waitId, stepId } = gate;
  return {
    kind: "settled",
    waitId,
    stepId,
    verdict: "happened",
    result,
    error: null,
    ...said(run, message, now),
  };
}

/** The present wait ends with this result. @param key under which it came; null when it named the wait */
export function answered(
  run: RunState,
  { waitId, stepId }: Wait,
  message: Message,
  key: string | null,
  result: JsonValue,
  now: number,
): RecordBody {
  const base = { kind: "answered", stepId, waitId, key, result, error: null } as const;
  return { ...base, ...said(run, message, now) };
}

interface Said {
  readonly nodeId: string;
  readonly messageId: string;
  readonly by: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly usage?: Usage;
}

/** What a record says of the message that it consumes. Only one record may: what the message says was used counts once. */
export function said(run: RunState, message: Message, now: number): Said {
  const { startedAt, endedAt } = instantly(now);
  const { messageId, by } = message;
  const spent = "usage" in message ? usageIn(message) : {};
  return { nodeId: run.currentNode, messageId, by, startedAt, endedAt, ...spent };
}
