import type { JsonObject } from "../json/json-value.ts";
import type { Outcome } from "../step/outcome.ts";

/** What a built-in effect may look at. It has no outside effect: the same step always gives the same outcome. */
export interface BuiltInContext {
  readonly runId: string;
  readonly nodeId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How a built-in effect ends, known at once. A new child rides in the same commit. */
export type BuiltInOutcome = Outcome & { readonly child?: ChildRequest };

export interface ChildRequest {
  readonly workflowId: string;
  readonly vars: JsonObject;
  /** Whether the parent waits for its end. */
  readonly awaited: boolean;
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
}

/** An effect that begins and ends in the commit that plans it. */
export interface BuiltIn {
  readonly type: string;
  evaluate(payload: JsonObject, context: BuiltInContext): BuiltInOutcome;
}
