import type { RecordBody } from "../ledger/record-body.ts";
import type { Pending } from "../run/pending.ts";
import type { RunError } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { usageIn, type Usage } from "./usage.ts";

/** The record of an attempt that was cut short, if it had used something by then. Its step stays open. */
export function cutShort(
  { nodeId, stepId, attempt }: Pending,
  spent: { readonly usage?: Usage },
  now: number,
): readonly RecordBody[] {
  if (spent.usage === undefined) return [];
  const at = formatInstant(now);
  const said = { messageId: null, by: null, result: null, error: interruptedError };
  const times = { startedAt: at, endedAt: at };
  return [{ kind: "late", nodeId, stepId, attempt, ...said, ...usageIn(spent), ...times }];
}

/** What stands for the outcome of an attempt that was cut short. */
export const interruptedError: RunError = Object.freeze({
  code: "interrupted",
  message: "the attempt was cut short; what it had used by then counts",
  nodeId: null,
  stepId: null,
  attempt: null,
});
