import type { JsonObject } from "../json/json-value.ts";
import { shareOf } from "../limits/child-share.ts";
import type { BudgetsConfig } from "../limits/limits-config.ts";
import type { Plan, Write } from "../step/plan.ts";
import { planned, timeoutOf, type WaitPlan } from "./plan-waits.ts";

/** One child among several, as the parent's result lists it. */
export interface ChildResult {
  readonly index: number;
  readonly sub_run_id: string;
  readonly status: "completed" | "failed" | "cancelled";
  // oxlint-disable-next-line typescript/no-explicit-any -- the output's type is the child's own affair
  readonly output: any;
  /** Why it failed or was cancelled. */
  readonly error: JsonObject | null;
}

/** What a join puts under its `resultKey`. */
export interface JoinResult {
  readonly completed: number;
  /** Failed and cancelled ones. */
  readonly failed: number;
  /**
   * In order of index. `join: "all"`: every child. `"any"` or a number: the children that decided, so many and no more;
   * when they could not be had, there is no result but a failure.
   */
  readonly results: readonly ChildResult[];
}

interface JoinPlan<
  Known extends string,
  Id extends string,
  Key extends string,
  TimeoutId extends string,
  ErrorId extends string,
> extends WaitPlan<Known, Id, Key, TimeoutId> {
  /** How many children have to complete: all of them (the default), any one, or a number. */
  readonly join?: "all" | "any" | number | undefined;
  /**
   * When a child fails or is cancelled: `fail-fast` fails the step at once and cancels the others; `settle` goes on, and
   * fails only if fewer can complete than `join` needs (never with `all`: its results say who failed). By default
   * `fail-fast` for `all`, else `settle`.
   */
  readonly onFailure?: "fail-fast" | "settle" | undefined;
  /** At most so many children at the same time; no limit by default. */
  readonly maxConcurrency?: number | undefined;
  /** The node that runs when the join failed; without one, this run fails. */
  readonly onError?: (ErrorId extends Known ? ErrorId : NoInfer<Known>) | undefined;
}

/** A workflow to run as one of several children. */
export interface Subworkflow {
  /** The workflow, or the id of a registered one. */
  readonly workflow: string | { readonly id: string };
  readonly vars?: unknown;
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Bounds for the child alone; it never gets more than this run has left when it begins. */
  readonly limits?: BudgetsConfig | undefined;
}

/** The same workflow for each item of a list. */
export interface SubworkflowOfEach extends Omit<Subworkflow, "vars"> {
  /** The list, or a `ref` to one in `vars`. */
  readonly each: unknown;
  /** The child finds its item in its `vars` under this name, `item` by default, and its place in the list under `index`. */
  readonly as?: string | undefined;
  /** What all children get besides. */
  readonly vars?: unknown;
}

/**
 * Run several workflows as children, and wait for all, any or a number of them. The result is a `JoinResult`.
 *
 * The commit that ends the wait cancels the children that are still running; what comes from them later is dropped.
 */
export function startSubworkflows<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const TimeoutId extends string = never,
  const ErrorId extends string = never,
>(
  children: readonly Subworkflow[] | SubworkflowOfEach,
  options: JoinPlan<Known, Id, Key, TimeoutId, ErrorId>,
): Plan<Known & NoInfer<Id | TimeoutId | ErrorId>, never, Write<Key, JoinResult>> {
  const payload = isList(children)
    ? { children: children.map(subworkflowPayload) }
    : { ...subworkflowPayload(children), each: children.each, as: children.as };
  return joined(payload, options);
}

/** A node of this workflow, to go on at in parallel. */
export interface Branch<Node extends string> {
  readonly node: Node;
  readonly vars?: unknown;
  /** As in `Subworkflow`. */
  readonly limits?: BudgetsConfig | undefined;
}

/** The same node for each item of a list. */
export interface BranchOfEach<Node extends string> extends Branch<Node> {
  /** The list, or a `ref` to one in `vars`. */
  readonly each: unknown;
  /** As in `SubworkflowOfEach`. */
  readonly as?: string | undefined;
}

/**
 * Go on at several nodes of this workflow in parallel, each branch a child run with its own `vars` and waits, until it
 * completes with an output of its own; then go on at `next` with a `JoinResult`. Otherwise as `startSubworkflows`.
 */
export function branches<
  Known extends string,
  const Node extends string,
  const Id extends string,
  const Key extends string = never,
  const TimeoutId extends string = never,
  const ErrorId extends string = never,
>(
  children:
    | readonly Branch<Node extends Known ? Node : NoInfer<Known>>[]
    | BranchOfEach<Node extends Known ? Node : NoInfer<Known>>,
  options: JoinPlan<Known, Id, Key, TimeoutId, ErrorId>,
): Plan<Known & NoInfer<Node | Id | TimeoutId | ErrorId>, never, Write<Key, JoinResult>> {
  const payload = isList(children)
    ? { children: children.map(branch) }
    : { ...branch(children), each: children.each, as: children.as };
  return joined(payload, options);
}

/** A child as the payload of the effect says it. */
export function subworkflowPayload(child: Subworkflow): object {
  const { workflow, vars, actorId, sessionId } = child;
  const workflowId = typeof workflow === "string" ? workflow : workflow.id;
  const limits = shareOf(child.limits);
  return { workflow_id: workflowId, vars, actor_id: actorId, session_id: sessionId, limits };
}

function branch({ node, vars, limits }: Branch<string>): object {
  return { node, vars, limits: shareOf(limits) };
}

function joined(
  children: object,
  options: Pick<
    JoinPlan<string, string, string, string, string>,
    "join" | "maxConcurrency" | "onFailure"
  > &
    Parameters<typeof planned>[2] &
    Parameters<typeof timeoutOf>[0] & { readonly onError?: string | undefined },
): Plan<never, never, never> {
  const { join, onFailure, maxConcurrency } = options;
  const payload = {
    ...children,
    join,
    on_failure: onFailure === "fail-fast" ? "fail_fast" : onFailure,
    max_concurrency: maxConcurrency,
    ...timeoutOf(options),
  };
  return {
    ...planned("start_subworkflows", payload, options),
    onErrorNode: options.onError as never,
  };
}

function isList<Item>(
  value: readonly Item[] | { readonly each: unknown },
): value is readonly Item[] {
  return Array.isArray(value);
}
