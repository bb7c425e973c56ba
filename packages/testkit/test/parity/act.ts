import {
  AbstractRuntimeError,
  isEnded,
  type JsonObject,
  type JsonValue,
  type RunState,
} from "@abstractruntime/core";
import { changeUntil } from "./edit-wait.ts";
import { runFields } from "./run-view.ts";
import type { Action } from "./scenario.ts";
import type { ScenarioWorld } from "./scenario-world.ts";

/** Steps of a tick where the scenario names none, in 0.2.0 and here. */
const TICK_STEPS = 100;

/** Do what an action says, with our runtime, and return what 0.2.0's harness would have returned. */
export async function act(world: ScenarioWorld, action: Action): Promise<JsonValue> {
  const runtime = await world.runtime();
  switch (action.do) {
    case "start":
      return start(world, action);
    case "tick":
      return tick(world, world.idOf(action.run), action);
    case "resume":
    case "resume_event":
      return resume(world, action);
    case "cancel": {
      await runtime.cancelRun(world.idOf(action.run), action.reason);
      return runFields(await world.state(world.idOf(action.run)));
    }
    case "cancel_tree":
      return cancelTree(world, world.idOf(action.run));
    case "resume_parent":
      return parentOf(world, world.idOf(action.child));
    case "poll":
      return poll(world);
    case "restart":
      await world.restart();
      return null;
    case "set_until":
      await changeUntil(world, world.idOf(action.run), action.until);
      return null;
    case "get_state": {
      const stored = await world.load(world.idOf(action.run));
      return runFields(stored?.run ?? (await world.state(world.idOf(action.run))));
    }
    case "limit_status":
      return limitStatus(world, world.idOf(action.run));
    case "check_limits": {
      const warnings = await runtime.checkLimits(world.idOf(action.run));
      return warnings.map(({ limitType, status, current, maximum, pct }) => [
        limitType,
        status,
        current,
        maximum,
        pct,
      ]);
    }
    case "update_limits":
      await runtime.updateLimits(world.idOf(action.run), action.updates ?? {});
      return null;
    case "list_runs":
      return listRuns(world, action.filter ?? {});
    case "list_children": {
      const children = await runtime.listRuns({ parentRunId: world.idOf(action.run) });
      return children.items.map((run) => `<${world.aliases.get(run.runId)}>`).toSorted();
    }
    case "fault":
      await world.planCut({
        op: action.op,
        nth: action.nth ?? 1,
        when: action.when ?? "before",
      });
      return null;
    case "verify_chain":
      throw new Error("a ledger is chained by a decorator, and none was given to these scenarios");
    default:
      return action satisfies never;
  }
}

async function start(
  world: ScenarioWorld,
  action: Extract<Action, { do: "start" }>,
): Promise<JsonValue> {
  const runtime = await world.runtime();
  const id = `run-of-${action.as}`;
  world.name(id, action.as);
  const run = await runtime.start(world.script.workflow(action.workflow), {
    id,
    vars: action.vars ?? {},
    actorId: action.actor_id,
    sessionId: action.session_id,
    parentRunId: action.parent === undefined ? undefined : world.idOf(action.parent),
    drive: false,
  });
  return run.runId;
}

/** A tick of 0.2.0 slept through backoff; ours comes back, and is called again when the time has come. */
async function tick(
  world: ScenarioWorld,
  runId: string,
  { max_steps: maxSteps = TICK_STEPS }: { readonly max_steps?: number },
): Promise<JsonValue> {
  const runtime = await world.runtime();
  const before = await world.state(runId);
  register(world, before.workflowId, runtime);
  const visited = world.script.visitsOf(runId);
  for (;;) {
    const used = world.script.visitsOf(runId) - visited;
    const run = await runtime.tick(runId, { maxSteps: Math.max(maxSteps - used, 0) });
    const delay = maxSteps === 0 ? null : await backoffOf(world, run);
    if (delay === null) return runFields(await world.state(runId));
    world.sleeps.push(delay / 1_000);
    await world.clock.advance(delay);
  }
}

/** 0.2.0's callers handed the workflow over with each call. */
function register(
  world: ScenarioWorld,
  workflowId: string,
  runtime: Awaited<ReturnType<ScenarioWorld["runtime"]>>,
): void {
  if (!runtime.workflows.has(workflowId))
    runtime.workflows.register(world.script.workflow(workflowId));
}

/** Milliseconds until the run, or the child that it waits for, tries its effect again. */
async function backoffOf(world: ScenarioWorld, run: RunState): Promise<number | null> {
  const childId = run.waiting?.reason === "subworkflow" && run.waiting.details?.["sub_run_id"];
  if (typeof childId === "string") {
    const child = await world.load(childId);
    return child === undefined ? null : backoffOf(world, child.run);
  }
  const notBefore = run.pending?.notBefore ?? null;
  if (notBefore === null) return null;
  const delay = Date.parse(notBefore) - world.clock.now();
  return delay > 0 ? delay : null;
}

/** Where 0.2.0 took no key for any key, ours wants to hear which wait is meant. */
async function resume(
  world: ScenarioWorld,
  action: Extract<Action, { do: "resume" | "resume_event" }>,
): Promise<JsonValue> {
  const runtime = await world.runtime();
  const runId = world.idOf(action.run);
  const { waiting, workflowId } = await world.state(runId);
  if (action.do === "resume") register(world, workflowId, runtime);
  else runtime.workflows.getOrThrow(workflowId);
  const said = action.wait_key === "$waiting" ? (waiting?.waitKey ?? null) : action.wait_key;
  const address =
    said === null || said === undefined
      ? { waitId: waiting?.waitId ?? "none" }
      : { waitKey: said.replace(/<(\w+)>/g, (_, alias: string) => world.idOf(alias)) };
  await runtime.resume(runId, action.payload ?? null, { ...address, drive: false });
  return tick(world, runId, {});
}

async function cancelTree(world: ScenarioWorld, root: string): Promise<JsonValue> {
  const runtime = await world.runtime();
  const family = await familyOf(world, root);
  const living = family.filter((run) => !isEnded(run)).map(({ runId }) => runId);
  if (family.length > 0) await runtime.cancelRun(root);
  const cancelled: string[] = [];
  for (const runId of living)
    if ((await world.state(runId)).status === "cancelled") cancelled.push(runId);
  return cancelled;
}

/** A run and its descendants, breadth first, siblings in the order in which they began. */
async function familyOf(world: ScenarioWorld, root: string): Promise<readonly RunState[]> {
  const stored = await world.load(root);
  if (stored === undefined) return [];
  const family = [stored.run];
  const order = [...world.aliases.keys()];
  const runtime = await world.runtime();
  for (const parent of family) {
    const { items } = await runtime.listRuns({ parentRunId: parent.runId });
    family.push(...items.toSorted((a, b) => order.indexOf(a.runId) - order.indexOf(b.runId)));
  }
  return family;
}

/** A child's end wakes its parent by itself, so that this only looks. */
async function parentOf(world: ScenarioWorld, childId: string): Promise<JsonValue> {
  const { parent } = await world.state(childId);
  if (parent === null || parent.waitId === null) return null;
  return tick(world, parent.runId, {});
}

async function poll(world: ScenarioWorld): Promise<JsonValue> {
  const runtime = await world.runtime();
  const { items } = await runtime.listRuns({ status: "waiting", waitReason: "until" });
  const { registered } = world.scenario;
  const due = items.filter(
    ({ workflowId, waiting }) =>
      Date.parse(waiting?.until ?? "") <= world.clock.now() &&
      registered !== null &&
      (registered ?? [workflowId]).includes(workflowId),
  );
  for (const { runId } of due) await tick(world, runId, {});
  return due.length;
}

async function limitStatus(world: ScenarioWorld, runId: string): Promise<JsonValue> {
  const { iterations, tokens, history } = await (await world.runtime()).getLimitStatus(runId);
  const { estimatedUsed, ...rest } = tokens;
  return {
    iterations: { ...iterations },
    tokens: { estimated_used: estimatedUsed, ...rest },
    history: { max_messages: history.maxMessages },
  };
}

async function listRuns(world: ScenarioWorld, filter: JsonObject): Promise<JsonValue> {
  const { status, wait_reason: waitReason, workflow_id: workflowId, limit } = filter;
  const query = { status, waitReason, workflowId, limit };
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const known = ["status", "wait_reason", "workflow_id", "limit"];
  const unknown = Object.keys(filter).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new AbstractRuntimeError("invalid_argument", `filter.${unknown} is no filter of 0.2.0`);
  const { items } = await (await world.runtime()).listRuns(Object.fromEntries(given));
  return items.map(({ runId }) => runId);
}
