import type { JsonObject } from "../json/json-value.ts";
import type { RunState } from "../run/run-state.ts";
import type { Gate, Wait } from "./wait.ts";

/** A wait that stands before the run's pending effect, or before its current node. Only `settle` ends it. */
export function makeGate(
  run: Pick<RunState, "pending">,
  gate: {
    readonly gate: Gate;
    readonly waitId: string;
    readonly prompt: string;
    readonly details: JsonObject;
  },
): Wait {
  return {
    waitId: gate.waitId,
    stepId: run.pending?.stepId ?? null,
    reason: "user",
    waitKey: null,
    waitKeys: [],
    until: null,
    resumeToNode: null,
    onErrorNode: null,
    resultKey: null,
    prompt: gate.prompt,
    choices: null,
    allowFreeText: true,
    details: { gate: gate.gate, ...gate.details },
    timeout: null,
    gate: gate.gate,
    join: null,
    any: false,
  };
}
