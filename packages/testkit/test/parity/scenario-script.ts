import {
  defineEffect,
  defineWorkflow,
  EffectError,
  waitFor,
  type EffectContext,
  type EffectDefinition,
  type JsonObject,
  type JsonValue,
  type NodeRun,
  type Plan,
  type WaitOptions,
  type WaitReason,
  type Workflow,
} from "@abstractruntime/core";
import type { HandlerOutcome, NodeCase, Scenario, WorkflowSpec } from "./scenario.ts";
import { holds, setVar, substitute, type Surroundings } from "./substitute.ts";

/** A call of a custom effect handler, as a scenario's expectation lists it. */
export interface HandlerCall {
  readonly type: string;
  readonly run: string;
  readonly node: string;
  readonly payload: JsonValue;
  readonly next: string | null;
}

/** The workflows and effect handlers of a scenario. Its counters outlive restarts, as 0.2.0's harness did. */
export class ScenarioScript {
  readonly #scenario: Scenario;
  readonly #visits = new Map<string, number>();
  readonly #visitsByRun = new Map<string, number>();
  /** What each run's last plan saw. */
  readonly #planned = new Map<string, Surroundings>();
  readonly #outcomes = new Map<string, number>();
  readonly #workflows = new Map<string, Workflow>();
  readonly calls: HandlerCall[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** @throws invalid_workflow the graph names nodes that it does not have */
  workflow(id: string): Workflow {
    const known = this.#workflows.get(id);
    if (known !== undefined) return known;
    const spec = this.#scenario.workflows.find(({ workflow_id }) => workflow_id === id);
    if (spec === undefined) throw new Error(`the scenario has no workflow ${id}`);
    const made = this.#define(spec);
    this.#workflows.set(id, made);
    return made;
  }

  /** Node handlers called so far for a run. */
  visitsOf(runId: string): number {
    return this.#visitsByRun.get(runId) ?? 0;
  }

  effects(): readonly EffectDefinition[] {
    const { handlers = {} } = this.#scenario;
    return Object.entries(handlers).map(([type, outcomes]) =>
      defineEffect({
        type,
        replay: "safe",
        perform: (payload: JsonValue, context) => this.#perform(type, outcomes, payload, context),
      }),
    );
  }

  #define({ workflow_id: id, entry_node: entry, nodes }: WorkflowSpec): Workflow {
    const handlers = Object.entries(nodes).map(
      ([node, cases]) =>
        [node, (run: NodeRun<JsonObject>) => this.#node(id, node, cases, run)] as const,
    );
    return defineWorkflow({ id, entry, nodes: Object.fromEntries(handlers) });
  }

  #node(
    workflowId: string,
    node: string,
    cases: readonly NodeCase[],
    run: NodeRun<JsonObject>,
  ): Plan {
    const place = JSON.stringify([run.runId, node]);
    const visit = (this.#visits.get(place) ?? 0) + 1;
    this.#visits.set(place, visit);
    this.#visitsByRun.set(run.runId, this.visitsOf(run.runId) + 1);
    const taken = cases.find(({ when }) => holds(when, visit, run.vars));
    if (taken === undefined) throw new Error(`no case of node ${node} holds`);
    const runFields = fieldsOf(run, workflowId, node);
    const next = taken.plan?.next_node ?? null;
    const around = (): Surroundings => ({ vars: run.vars, run: runFields, visit, next });
    for (const [path, value] of Object.entries(taken.set ?? {}))
      setVar(run.vars, path, value, around());
    if (taken.raise !== undefined) throw new Error(taken.raise);
    if (taken.return_null === true) return null as unknown as Plan; // the misbehaviour that the case asks for
    const vars = JSON.parse(JSON.stringify(run.vars)) as JsonObject;
    this.#planned.set(run.runId, { ...around(), vars });
    return planOf(taken.plan ?? {}, around());
  }

  #perform(
    type: string,
    outcomes: readonly HandlerOutcome[],
    payload: JsonValue,
    context: EffectContext,
  ): unknown {
    const around = this.#planned.get(context.runId);
    if (around === undefined) throw new Error("an effect is planned before it is performed");
    const { runId: run, nodeId: node } = context;
    this.calls.push({ type, run, node, payload, next: around.next });
    const count = this.#outcomes.get(type) ?? 0;
    this.#outcomes.set(type, count + 1);
    const outcome = outcomes[Math.min(count, outcomes.length - 1)] ?? {};
    if (outcome.raise !== undefined) throw new Error(outcome.raise);
    if (outcome.failed !== undefined) throw new EffectError(outcome.failed ?? "");
    if (outcome.waiting !== undefined)
      return waitFor(waitOf(substitute(outcome.waiting, around) as JsonObject));
    return substitute(outcome.completed ?? null, around);
  }
}

function planOf(plan: NonNullable<NodeCase["plan"]>, around: Surroundings): Plan {
  const { node_id: nodeId, effect, next_node: nextNode, complete_output: output } = plan;
  return {
    nodeId,
    nextNode,
    effect:
      effect === undefined
        ? undefined
        : {
            type: effect.type,
            payload: substitute(effect.payload ?? {}, around),
            resultKey: effect.result_key,
          },
    completeOutput: output === undefined ? undefined : substitute(output, around),
  };
}

function fieldsOf(run: NodeRun<JsonObject>, workflowId: string, node: string): JsonObject {
  return {
    run_id: run.runId,
    workflow_id: workflowId,
    status: "running",
    current_node: node,
    actor_id: run.actorId,
    session_id: run.sessionId,
    parent_run_id: run.parentRunId,
  };
}

function waitOf(wait: JsonObject): WaitOptions {
  const text = (key: string): string | undefined => {
    const value = wait[key];
    return typeof value === "string" ? value : undefined;
  };
  const { choices, details } = wait;
  const key = text("wait_key");
  return {
    reason: text("reason") as WaitReason | undefined,
    keys: key === undefined ? [] : [key],
    until: text("until"),
    resumeToNode: text("resume_to_node"),
    resultKey: text("result_key"),
    prompt: text("prompt"),
    choices: Array.isArray(choices) ? choices : undefined,
    allowFreeText: wait["allow_free_text"] !== false,
    details: details === null ? undefined : (details as JsonObject | undefined),
  };
}
