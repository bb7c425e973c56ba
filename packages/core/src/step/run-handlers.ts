import type { StandardSchemaV1 } from "@standard-schema/spec";
import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorText } from "../errors/error-text.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { applyPatch, type Patch } from "../json/patch.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { validate } from "../schema/validate.ts";
import type { NodeContext, NodeRun } from "../workflow/node-handler.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Decision, HandlersResult } from "./decision.ts";
import { draftVars, type VarsDraft } from "./draft-vars.ts";
import { readPlan } from "./read-plan.ts";

export interface HandlersInput {
  readonly workflow: Workflow;
  readonly run: RunState;
  readonly context: NodeContext;
  /** Handlers that may be called, at least 1. */
  readonly maxSteps: number;
}

/** So many gotos, or so many milliseconds of them, go into one commit. */
const MAX_GOTOS = 1_000;
const MAX_GOTO_MS = 100;

/** A walk through nodes: where it stands and what it has passed. */
interface Walk extends HandlersInput {
  readonly node: string;
  readonly vars: JsonObject;
  readonly path: readonly string[];
  readonly changes: Patch;
  readonly startedAt: number;
}

/**
 * Call node handlers, from the run's current node on, until one decides something else than where to go.
 *
 * Each handler has a draft of its own; if it throws, plans badly or its output does not match the workflow's schema, its
 * draft is dropped and the decision is to fail. Never throws. A promise only if a handler returned one or an output is
 * checked, so that pure graphs cost no turn of the event loop.
 */
export function runHandlers(input: HandlersInput): HandlersResult | Promise<HandlersResult> {
  const { run, context } = input;
  const startedAt = context.now();
  return walkOn({
    ...input,
    node: run.currentNode,
    vars: run.vars,
    path: [],
    changes: [],
    startedAt,
  });
}

function walkOn(from: Walk): HandlersResult | Promise<HandlersResult> {
  let walk = from;
  for (;;) {
    const turn = callNode(walk);
    if (turn instanceof Promise) return turn.then((done) => (isResult(done) ? done : walkOn(done)));
    if (isResult(turn)) return turn;
    walk = turn;
  }
}

function isResult(turn: Walk | HandlersResult): turn is HandlersResult {
  return "decision" in turn;
}

/** Call one handler: where the walk stands after it, or its result. */
function callNode(walk: Walk): Walk | HandlersResult | Promise<Walk | HandlersResult> {
  const handler = walk.workflow.nodes.get(walk.node);
  if (handler === undefined) return failed(walk, unknownNode(walk));
  const open = draftVars(walk.vars);
  const view = viewOf(walk, open.draft);
  try {
    const plan: unknown = handler(view, walk.context);
    if (isPromise(plan)) {
      return Promise.resolve(plan).then(
        (settled) => take(walk, open, view, settled),
        (error: unknown) => abandon(walk, open, error),
      );
    }
    return take(walk, open, view, plan);
  } catch (error) {
    return abandon(walk, open, error);
  }
}

/** Read the plan while the draft is open, close the draft, and see where that leads. */
function take(
  walk: Walk,
  open: VarsDraft,
  view: NodeRun<unknown>,
  plan: unknown,
): Walk | HandlersResult | Promise<HandlersResult> {
  try {
    const decision = readPlan(walk.workflow, walk.node, plan);
    const replaced = view.vars === open.draft ? null : wholeVars(view.vars);
    const patch = open.finish();
    // The schema is for the workflow's output; a branch completes with one of its own.
    const outputSchema = walk.run.parent?.branch === true ? null : walk.workflow.outputSchema;
    return decision.type === "complete" && outputSchema !== null
      ? completeAs(outputSchema, walk, decision.output, replaced ?? patch)
      : follow(walk, decision, replaced ?? patch);
  } catch (error) {
    return abandon(walk, open, error);
  }
}

/** Complete with the output as the workflow's schema makes it, or fail, without the draft, because it does not match. */
async function completeAs(
  schema: StandardSchemaV1,
  walk: Walk,
  given: JsonValue,
  patch: Patch,
): Promise<HandlersResult> {
  try {
    const output = copyJson(await validate(schema, given, "output"), "output");
    return decided(walk, { type: "complete", output }, patch);
  } catch (error) {
    return failed(walk, error);
  }
}

function follow(walk: Walk, decision: Decision, patch: Patch): Walk | HandlersResult {
  if (decision.type !== "goto") return decided(walk, decision, patch);
  const changes = changesWith(walk, patch);
  const { node, path } = walk;
  const passed = [...path, node];
  if (isEnough(walk, passed.length)) {
    return { path: passed, changes, node: decision.node, decision, steps: passed.length };
  }
  const vars = patch.length === 0 ? walk.vars : applyPatch(walk.vars, patch);
  return { ...walk, node: decision.node, vars, path: passed, changes };
}

function decided(walk: Walk, decision: Decision, patch: Patch): HandlersResult {
  const { node, path } = walk;
  return { path, changes: changesWith(walk, patch), node, decision, steps: path.length + 1 };
}

function changesWith({ changes }: Walk, patch: Patch): Patch {
  return patch.length === 0 ? changes : [...changes, ...patch];
}

function isEnough(walk: Walk, steps: number): boolean {
  if (steps >= walk.maxSteps || steps >= MAX_GOTOS) return true;
  return walk.context.now() - walk.startedAt > MAX_GOTO_MS;
}

/** A handler may also put other vars in place of its draft. */
function wholeVars(vars: unknown): Patch {
  const value = copyJson(vars, "vars");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AbstractRuntimeError(
      "invalid_plan",
      "vars must stay an object: put the value under a key",
    );
  }
  return [{ op: "replace", path: "", value }];
}

/** The handler's own draft is dropped; what handlers before it did stays. */
function abandon(walk: Walk, open: VarsDraft, error: unknown): HandlersResult {
  try {
    open.finish();
  } catch {
    // Only closed: what it held is not wanted.
  }
  return failed(walk, error);
}

function failed(walk: Walk, error: unknown): HandlersResult {
  return decided(walk, { type: "fail", error: errorOf(walk.node, error) }, []);
}

function errorOf(nodeId: string, error: unknown): RunError {
  const code = isAbstractRuntimeError(error) ? error.code : "node_failed";
  const said = error instanceof Error ? `${error.name}: ${error.message}` : errorText(error);
  const message = isAbstractRuntimeError(error) ? error.message : `node "${nodeId}" threw ${said}`;
  return { code, message: message.toWellFormed(), nodeId, stepId: null, attempt: null };
}

function unknownNode(walk: Walk): AbstractRuntimeError {
  const message = `the run stands at node "${walk.node}", which workflow ${walk.workflow.id} does not have`;
  return new AbstractRuntimeError(
    "unknown_node",
    `${message}: register the version it was started with`,
  );
}

function viewOf({ run, node }: Walk, draft: JsonObject): NodeRun<unknown> {
  return {
    runId: run.runId,
    workflowId: run.workflowId,
    workflowVersion: run.workflowVersion,
    currentNode: node,
    vars: draft,
    actorId: run.actorId,
    sessionId: run.sessionId,
    parentRunId: run.parentRunId,
    createdAt: run.createdAt,
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
