import {
  defineEffect,
  EffectError,
  waitFor,
  type Effect,
  type EffectContext,
  type RetryOptions,
  type WaitOptions,
} from "@abstractruntime/core";
import type { Clock, JsonValue, ReplayContract } from "@abstractruntime/core/store";

/** How one call of a scripted effect ends. `afterMs` needs the script's `clock`. */
export type ScriptedOutcome = { readonly afterMs?: number } & (
  | { readonly result: JsonValue }
  /** Throws an `EffectError` with this message. */
  | {
      readonly error: string;
      readonly final?: boolean;
      readonly certain?: boolean;
      readonly retryAfterMs?: number;
    }
  | { readonly wait: WaitOptions }
  /** Never ends by itself, only when its signal is aborted. */
  | { readonly hangs: true }
);

/** One call of a scripted effect. */
export interface ScriptedCall {
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly payload: JsonValue;
  readonly outcome: ScriptedOutcome;
}

export interface EffectScript<Type extends string> {
  readonly type: Type;
  /** `safe` by default. */
  readonly replay?: ReplayContract;
  readonly retry?: RetryOptions;
  readonly timeoutMs?: number;
  /** One for each call, in order; the last one for all further calls. Or what decides by payload and call. */
  readonly outcomes:
    | readonly [ScriptedOutcome, ...ScriptedOutcome[]]
    | ((
        payload: JsonValue,
        call: { readonly number: number; readonly context: EffectContext },
      ) => ScriptedOutcome);
  /** Whether calls are counted together (`effect`, the default), or apart for each step: all its attempts, from 1. */
  readonly countsPer?: "effect" | "step";
  /** Times `afterMs`. */
  readonly clock?: Clock;
}

/** An effect that does what its script says, and remembers every call. */
export type ScriptedEffect<Type extends string> = Effect<Type, unknown, JsonValue> & {
  /** Calls so far, in order. */
  readonly calls: readonly ScriptedCall[];
};

/**
 * An effect by script: it succeeds, fails, waits or hangs, call by call. Give it to a runtime in place of the real one.
 *
 * @throws invalid_argument a type, replay contract or retry option of a wrong form
 */
export function scriptedEffect<const Type extends string>(
  script: EffectScript<Type>,
): ScriptedEffect<Type> {
  const calls: ScriptedCall[] = [];
  const numbers = new Map<string, number>();
  const perform = async (payload: JsonValue, context: EffectContext): Promise<unknown> => {
    const counted = script.countsPer === "step" ? context.stepId : "";
    const number = (numbers.get(counted) ?? 0) + 1;
    numbers.set(counted, number);
    const outcome = outcomeOf(script, payload, { number, context });
    const { runId, stepId, attempt, idempotencyKey } = context;
    calls.push({ runId, stepId, attempt, idempotencyKey, payload, outcome });
    if (outcome.afterMs !== undefined) await pause(script, outcome.afterMs);
    return end(outcome, context);
  };
  const { type, replay = "safe", retry, timeoutMs } = script;
  const effect = defineEffect({ type, replay, retry, timeoutMs, perform });
  const plan = (given: unknown, where: { readonly next: string }): unknown => effect(given, where);
  return Object.freeze(Object.assign(plan, effect, { calls })) as unknown as ScriptedEffect<Type>; // `plan` has no overloads
}

function outcomeOf<Type extends string>(
  { outcomes }: EffectScript<Type>,
  payload: JsonValue,
  call: { readonly number: number; readonly context: EffectContext },
): ScriptedOutcome {
  if (typeof outcomes === "function") return outcomes(payload, call);
  return outcomes[Math.min(call.number, outcomes.length) - 1] ?? outcomes[0];
}

async function pause({ type, clock }: EffectScript<string>, ms: number): Promise<void> {
  if (clock === undefined)
    throw new EffectError(`script of ${type}: afterMs needs a clock`, { final: true });
  await clock.sleep(ms);
}

function end(outcome: ScriptedOutcome, { signal }: EffectContext): unknown {
  if ("result" in outcome) return outcome.result;
  if ("wait" in outcome) return waitFor(outcome.wait);
  if ("error" in outcome) {
    const { error, final, certain, retryAfterMs } = outcome;
    throw new EffectError(error, {
      ...(final !== undefined && { final }),
      ...(certain !== undefined && { certain }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
