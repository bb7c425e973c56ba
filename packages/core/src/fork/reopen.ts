import type { Pending } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import { makeGate } from "../wait/make-gate.ts";
import type { Wait } from "../wait/wait.ts";
import { ownStep, ownWait, type ForkNames } from "./fork-names.ts";
import type { Moment } from "./moment.ts";

/**
 * What a fork does about an effect of which, at its beginning, nobody could say whether it happened.
 *
 * - `recorded`: takes the result that the origin's ledger has for it, if it ended well there; else asks.
 * - `rerun`: performs it, under the fork's own idempotency key, whatever its replay contract says: that is about crashes
 *   of one life, and this is another.
 * - `ask`: waits in an `unknown_outcome` gate, for `settle` to say.
 */
export type ForkEffects = "recorded" | "rerun" | "ask";

/** What stands open in a run. */
export type Open = Pick<RunState, "pending" | "waiting">;

/** What a fork has to know to begin where its origin stood. */
export interface Reopening {
  readonly moment: Moment;
  readonly names: ForkNames;
  readonly effects: ForkEffects;
  /** Whether the runtime evaluates this type of effect by itself, without touching the world. */
  readonly isBuiltIn: (effectType: string) => boolean;
}

/** The step and wait of the origin, as they stand open in the fork. `ask` and `recorded` both leave a gate. */
export function reopen({ moment, names, effects, isBuiltIn }: Reopening): Open {
  const { run, asked } = moment;
  const { pending, waiting } = run;
  if (pending === null) {
    if (waiting === null) return { pending: null, waiting: null };
    const again = askedForChildren(run, waiting, isBuiltIn, asked);
    return again === undefined
      ? { pending: null, waiting: ownWait(waiting, run, names) }
      : { pending: again && ownStep(again, names), waiting: null };
  }
  const own = ownStep(pending, names);
  if (!isUnknown(run, isBuiltIn))
    return { pending: own, waiting: waiting && ownWait(waiting, run, names) };
  if (effects !== "rerun") return { pending: own, waiting: gateBefore(run, pending, own, names) };
  const isGone = waiting === null || waiting.gate === "unknown_outcome";
  return { pending: own, waiting: isGone ? null : ownWait(waiting, run, names) };
}

/** Whether an attempt was out, or was cut short, so that the effect may have happened. A built-in has no outside effect. */
export function isUnknown({ pending, waiting }: Open, isBuiltIn: Reopening["isBuiltIn"]): boolean {
  if (pending === null || isBuiltIn(pending.effect.type)) return false;
  return (
    pending.phase === "begun" || pending.interruptions > 0 || waiting?.gate === "unknown_outcome"
  );
}

/**
 * The step that started the children for whose end a run waits: the fork asks for children of its own. Null when the
 * ledger does not say what was asked: its node plans it anew. Undefined when the wait is for no children of ours.
 */
function askedForChildren(
  { ordinal }: RunState,
  waiting: Wait,
  isBuiltIn: Reopening["isBuiltIn"],
  asked: Pending | null,
): Pending | null | undefined {
  const isOurs = waiting.join !== null || typeof waiting.details?.["sub_run_id"] === "string";
  if (waiting.reason !== "subworkflow" || waiting.gate !== null || !isOurs) return undefined;
  if (asked === null) return null;
  return asked.ordinal === ordinal && isBuiltIn(asked.effect.type) ? asked : undefined;
}

function gateBefore(run: RunState, pending: Pending, own: Pending, names: ForkNames): Wait {
  const { type } = own.effect;
  const prompt = `${type} was under way in run ${run.runId} when it was forked. Find out by its idempotency key, then settle it.`;
  const details = {
    effect: type,
    idempotency_key: pending.idempotencyKey,
    origin: { run_id: run.runId, step_id: pending.stepId },
  };
  const gate = { gate: "unknown_outcome", waitId: names.token(), prompt, details } as const;
  return makeGate({ pending: own }, gate);
}
