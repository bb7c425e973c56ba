import type { EffectRegistry } from "../effect/effect-registry.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { RunState } from "../run/run-state.ts";
import { instantly, type TransitionContext } from "../step/transition.ts";
import { makeGate } from "../wait/make-gate.ts";
import { exhausted } from "./exhausted.ts";
import type { Bound } from "./measure.ts";

/** Whether effects of this type are held back when `bounds` are used up. Built-in ones spend nothing themselves. */
export function isHeldBack(
  effects: EffectRegistry,
  type: string,
  bounds: readonly Bound[],
): boolean {
  if (bounds.length === 0 || effects.builtIn(type) !== undefined) return false;
  return effects.get(type)?.spends !== false;
}

/** The run waits before its next effect until somebody raises what it has used up. */
export function limitGate(run: RunState, context: TransitionContext): RecordBody {
  const bounds = exhausted(run.vars);
  const prompt = `${textOf(bounds)}. Raise it with updateLimits, and the run goes on; or settle it with give_up.`;
  const details: JsonObject = { exhausted: asJson(bounds) };
  const wait = makeGate(run, { gate: "limit", waitId: context.token(), prompt, details });
  return { kind: "gated", nodeId: run.currentNode, gate: "limit", wait, ...instantly(context.now) };
}

/** What is used up, for people. */
export function textOf(bounds: readonly Bound[]): string {
  const each = bounds.map(({ limit, used, maximum }) => `${limit}: ${used} of ${maximum} used`);
  return `Limit reached: ${each.join(", ")}`;
}

function asJson(bounds: readonly Bound[]): JsonValue {
  return bounds.map((bound) => ({ ...bound }));
}
