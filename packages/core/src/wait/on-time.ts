import { timerResult } from "../builtin/wait-until.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { RunState } from "../run/run-state.ts";
import { instantly } from "../step/transition.ts";
import { parseInstant } from "../time/instant.ts";
import { wonByTime } from "./any-wait.ts";

/** A timer or a timeout is due; nothing when it is not. */
export function onTime(run: RunState, now: number): readonly RecordBody[] {
  const { waiting } = run;
  if (waiting === null || run.paused) return [];
  const common = {
    nodeId: run.currentNode,
    stepId: waiting.stepId,
    waitId: waiting.waitId,
    ...instantly(now),
  };
  if (waiting.until !== null && parseInstant(waiting.until) <= now) {
    const { any, until } = waiting;
    const next = any ? (waiting.timeout?.node ?? null) : null;
    const result = any ? wonByTime(until) : timerResult(until);
    return [{ kind: "timed_out", ...common, next, result }];
  }
  if (waiting.timeout !== null && parseInstant(waiting.timeout.at) <= now) {
    return [
      { kind: "timed_out", ...common, next: waiting.timeout.node, result: { timed_out: true } },
    ];
  }
  return [];
}
