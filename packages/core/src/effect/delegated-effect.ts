import type { ChildResult, Subworkflow } from "../builtin/plan-children.ts";
import type { BuiltInContext } from "../builtin/built-in.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Workflow } from "../workflow/workflow.ts";

/** What a delegated effect may look at when it says what is to be done. */
export type DelegationContext = BuiltInContext;

/** The work of one delegated effect: one child run for each part. */
export interface Delegation {
  readonly children: readonly Subworkflow[];
  /** At most so many children at the same time; no limit by default. */
  readonly maxConcurrency?: number | undefined;
}

/**
 * An effect that child runs perform, and whose result is made of how they ended. It does nothing by itself: each child has
 * its own records, waits, retries and replay contracts, so that after a crash only what is unfinished runs again.
 */
export interface DelegatedEffect {
  readonly type: string;
  /** The workflows that the children run. Whoever has the effect has them, too. */
  readonly workflows: readonly Workflow[];
  /**
   * What the children are to do. Pure: asked again for the same step, it says the same. What it throws fails the step for
   * good.
   */
  readonly delegate: (payload: JsonObject, context: DelegationContext) => Delegation;
  /** The step's result, from how all children ended, in order; a child that failed fails nothing else. Pure. */
  readonly joined: (children: readonly ChildResult[], payload: JsonObject) => unknown;
}

/**
 * Define an effect type that child runs perform. It goes to `new Runtime({ effects })`, like those of `defineEffect`.
 *
 * @throws invalid_argument
 */
export function defineDelegatedEffect(effect: DelegatedEffect): DelegatedEffect {
  const { type, workflows, delegate, joined } = effect;
  if (typeof type !== "string" || type.length === 0 || type.length > 200)
    throw invalid("delegated effect: type must be a text of 1 to 200 characters");
  if (typeof delegate !== "function" || typeof joined !== "function")
    throw invalid(`effect ${type}: delegate and joined must be functions`);
  return Object.freeze({ type, workflows: Object.freeze([...workflows]), delegate, joined });
}

export function isDelegatedEffect(effect: object): effect is DelegatedEffect {
  return "delegate" in effect;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
