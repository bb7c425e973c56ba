import type { BuiltInWait } from "../effect/wait-request.ts";
import type { InterruptionCause } from "../effect/interruption.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { Usage } from "../limits/usage.ts";
import type { RunError } from "../run/run-state.ts";

/** A failed attempt: whether it may be repeated, and whether the effect certainly did not happen. */
export interface FailedOutcome {
  readonly status: "failed";
  readonly error: RunError;
  readonly final: boolean;
  readonly certain: boolean;
  readonly retryAfterMs: number | null;
  readonly usage?: Usage;
}

/** How one attempt ended, and what it used. `interrupted` is no failure: the step stays open. */
export type Outcome =
  | { readonly status: "completed"; readonly result: JsonValue; readonly usage?: Usage }
  | { readonly status: "waiting"; readonly wait: BuiltInWait; readonly usage?: Usage }
  | FailedOutcome
  | {
      readonly status: "interrupted";
      readonly cause: InterruptionCause;
      readonly usage?: Usage;
    };

/** An attempt that failed for a reason of ours; where it failed is for the transition to add. */
export function failedOutcome(
  code: string,
  message: string,
  known: { readonly final: boolean; readonly certain: boolean },
): FailedOutcome {
  const error = { code, message, nodeId: null, stepId: null, attempt: null };
  return { status: "failed", error, ...known, retryAfterMs: null };
}
