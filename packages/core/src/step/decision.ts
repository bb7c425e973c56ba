import type { JsonValue } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";
import type { EffectRequest } from "../run/pending.ts";
import type { RunError } from "../run/run-state.ts";

/** What a plan means, checked. */
export type Decision =
  | { readonly type: "goto"; readonly node: string }
  | {
      readonly type: "effect";
      readonly effect: EffectRequest;
      readonly next: string | null;
      readonly onError: string | null;
    }
  | { readonly type: "complete"; readonly output: JsonValue }
  | { readonly type: "fail"; readonly error: RunError };

/** What handlers did: the nodes they passed, how they changed `vars`, and what the last of them decided. */
export interface HandlersResult {
  /** Nodes whose handlers ran before `node`'s. */
  readonly path: readonly string[];
  readonly changes: Patch;
  /** Whose handler decided; for a `goto`, the node where the run stands. */
  readonly node: string;
  /** A `goto` only when there were too many of them, or the step budget is used up. */
  readonly decision: Decision;
  /** Handlers called. */
  readonly steps: number;
}
