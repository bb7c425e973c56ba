import type { RecordBody } from "../ledger/record-body.ts";
import { exhausted } from "../limits/exhausted.ts";
import { isHeldBack, limitGate } from "../limits/limit-gate.ts";
import type { Pending } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import { begun, onTakeover } from "../step/transition.ts";
import { rulesFor } from "./effect-call.ts";
import type { Kernel } from "./kernel.ts";
import { transitionContext } from "./transition-context.ts";

/**
 * What comes before the call of a pending effect: it is taken over from whoever left it, and begun; or the run waits before
 * it, for it has used up what it may use.
 */
export function towardsCall(
  kernel: Kernel,
  run: RunState,
  pending: Pending,
  now: number,
): readonly RecordBody[] {
  const { type } = pending.effect;
  const waits = isHeldBack(kernel.effects, type, exhausted(run.vars));
  const context = transitionContext(kernel);
  if (pending.phase === "ready")
    return waits ? [limitGate(run, context)] : [begun(pending, pending.attempt, now)];
  const bodies = onTakeover(run, pending, context, rulesFor(kernel, type));
  return waits ? bodies.filter(({ kind }) => kind !== "begun") : bodies;
}
