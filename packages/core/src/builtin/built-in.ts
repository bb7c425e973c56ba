import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Outcome } from "../step/outcome.ts";
import type { ChildResult } from "./plan-children.ts";
import type { JoinRequest } from "./start-subworkflows.ts";

/** What a built-in effect may look at. It has no outside effect: the same step always gives the same outcome. */
export interface BuiltInContext {
  readonly runId: string;
  readonly nodeId: string;
  readonly workflowId: string;
  readonly sessionId: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How a built-in effect ends, known at once. New children ride in the same commit. */
export type BuiltInOutcome = Outcome & {
  readonly child?: ChildRequest;
  readonly children?: JoinRequest;
  /** Children that were started before, whose ends are waited for: they are looked up before the wait begins. */
  readonly awaits?: readonly string[];
};

/** A child to start: of a workflow, or of the parent's own graph, at a node. */
export interface ChildRequest {
  readonly workflowId?: string;
  readonly node?: string;
  /** Its place among the children of one step; absent: it is started alone. */
  readonly index?: number;
  readonly vars: JsonObject;
  /** Whether the parent waits for its end. */
  readonly awaited: boolean;
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Bounds for it alone, by the names of `_limits`; it never gets more than its parent has left. */
  readonly limits?: JsonObject;
}

/** An effect that does nothing outside: it begins, and ends or waits, in the commit that plans it. */
export interface BuiltIn {
  readonly type: string;
  evaluate(payload: JsonObject, context: BuiltInContext): BuiltInOutcome;
  /** What several children's ends come to; by default a `JoinResult`. Pure. */
  readonly joined?: (children: readonly ChildResult[], payload: JsonObject) => JsonValue;
}
