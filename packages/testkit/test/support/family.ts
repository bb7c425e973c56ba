import {
  askUser,
  branches,
  complete,
  defineWorkflow,
  fail,
  goto,
  ref,
  startSubworkflow,
  startSubworkflows,
  waitAny,
  waitEvent,
  waitUntil,
  type EffectDefinition,
  type NodeRun,
  type Plan,
  type WaitingRun,
  type Workflow,
} from "@abstractruntime/core";
import type { JsonObject } from "@abstractruntime/core/store";
import {
  scriptedEffect,
  type OutsideAction,
  type ScriptedOutcome,
  type SimulatedWorld,
  type SimulationOptions,
} from "../../src/index.ts";
import type { FamilySpec, NodeAct, NodeSpec, VarsChange } from "./any-workflow.ts";

/** Nodes that a run of the outermost workflow passes before it completes by itself. */
const FUEL = 8;

interface FamilyVars {
  name: string;
  fuel: number;
  log: string[];
  box: { [key: string]: unknown };
  list: number[];
  results: { [key: string]: unknown };
  child?: { sub_run_id: string } | undefined;
  items?: readonly { n: number }[];
  /** Of a child that was made of an item. */
  item?: { n: number };
  index?: number;
}

type Handler = (run: NodeRun<FamilyVars>) => Plan | Promise<Plan>;

/** A family of workflows and the world around it, as a simulation takes it. Ends do not depend on the schedule. */
export function familyOf(spec: FamilySpec): Omit<SimulationOptions, "seed"> {
  const workflows = [
    lostWorkflow,
    decidingWorkflow,
    ...spec.workflows.map((nodes, level) => workflowOf(nodes, level)),
  ];
  const top = workflows.at(-1) ?? lostWorkflow;
  return {
    workflows,
    effects: worldEffects,
    start: [{ workflow: top, id: "root", vars: { ...startVars("root", FUEL) } }],
    actions: Array.from({ length: FUEL + 1 }, (_, fuel) => early(`root:${fuel}`)),
    outside,
  };
}

function startVars(name: string, fuel: number): JsonObject {
  return { name, fuel, log: [], box: {}, list: [3, 1, 2], results: {} };
}

/** Waits for what never comes. */
const lostWorkflow: Workflow = defineWorkflow({
  id: "lost",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "what never comes", next: "end" }),
    end: () => complete(null),
  },
});

/** Ends as its parent's race needs it. */
const decidingWorkflow: Workflow = defineWorkflow({
  id: "deciding",
  entry: "work",
  nodes: {
    work: ({ vars: { takesMs, fails } }) => ({
      effect: {
        type: "idempotent",
        payload: { fails: 0, isFinal: fails, isUncertain: false, takesMs, n: takesMs },
        resultKey: "r",
      },
      nextNode: "ask",
    }),
    ask: () => askUser({ prompt: "answer in 10", next: "end", timeoutMs: FOR_LONG_MS }),
    end: ({ vars: { r } }) => complete(r),
  },
});

function workflowOf(nodes: readonly NodeSpec[], level: number): Workflow {
  const handlers = nodes.map((node, index) => [`n${index}`, handlerOf(node, nodes.length, level)]);
  return defineWorkflow({
    id: `level-${level}`,
    entry: "n0",
    nodes: Object.fromEntries(handlers) as Record<string, Handler>,
  });
}

function handlerOf(node: NodeSpec, count: number, level: number): Handler {
  const handler = (run: NodeRun<FamilyVars>): Plan => {
    const { vars } = run;
    beginAsItem(vars);
    for (const change of node.changes) apply(change, vars);
    vars.log.push(run.currentNode);
    vars.fuel -= 1;
    if (vars.fuel <= 0) return complete({ log: vars.log, results: vars.results }) as Plan;
    return planOf(node.act, vars, count, level);
  };
  if (!node.isAsync) return handler;
  return async (run) => {
    await Promise.resolve();
    return handler(run);
  };
}

/** A child that was made of an item takes a name of its own, so that what comes for it comes for no other. */
function beginAsItem(vars: FamilyVars): void {
  if (vars.index === undefined) return;
  vars.name = `${vars.name}.${vars.index}`;
  vars.log.push(`item ${vars.item?.n}`);
  delete vars.index;
}

function apply({ change }: VarsChange, vars: FamilyVars): void {
  const { fuel, box, list } = vars;
  switch (change) {
    case "set":
      box["a/b~c"] = { fuel };
      break;
    case "push":
      list.push(fuel, fuel * 2);
      break;
    case "deep":
      box["deep"] = {
        ...(box["deep"] as object | undefined),
        [`k${fuel}`]: [list.length, { fuel }],
      };
      break;
    case "drop":
      delete box["deep"];
      list.shift();
      break;
    case "insert":
      list.unshift(fuel);
      break;
    case "sort":
      list.sort((a, b) => a - b);
      break;
    case "swap":
      vars.list = [...list, fuel].toReversed();
      break;
    default:
      throw change satisfies never;
  }
}

function planOf(act: NodeAct, vars: FamilyVars, count: number, level: number): Plan {
  const node = (n: number): string => `n${n % count}`;
  const kept = `results.r${vars.fuel}`;
  const timeoutOf = (timeoutTo: number | null) => ({
    timeoutMs: 2_000,
    timeoutNode: timeoutTo === null ? undefined : node(timeoutTo),
  });
  switch (act.act) {
    case "goto":
      return goto(node(vars.fuel % 2 === 0 ? act.to : act.orTo));
    case "effect": {
      const { type, fails, isFinal, isUncertain, takesMs, keeps, onError } = act;
      return {
        effect: {
          type,
          payload: { fails, isFinal, isUncertain, takesMs, n: vars.fuel },
          resultKey: keeps ? kept : null,
        },
        nextNode: node(act.to),
        onErrorNode: onError === null ? undefined : node(onError),
      };
    }
    case "ask":
      return askUser({
        prompt: act.answersAfterMs === null ? "silence" : `answer in ${act.answersAfterMs}`,
        next: node(act.to),
        resultKey: act.keeps ? kept : undefined,
        ...(act.answersAfterMs === null ? timeoutOf(act.timeoutTo) : { timeoutMs: FOR_LONG_MS }),
      });
    case "event": {
      const key = `${vars.name}:${vars.fuel}`;
      const isEarly = act.when === "early" && vars.name === "root";
      return waitEvent({
        key: isEarly ? `early:${key}` : [`${act.when}:${act.afterMs}:${key}`, `other:${key}`],
        next: node(act.to),
        resultKey: act.when === "both" ? undefined : kept,
        ...(act.when === "never" ? timeoutOf(act.timeoutTo) : { timeoutMs: FOR_LONG_MS }),
      });
    }
    case "timer":
      return waitUntil({ afterMs: act.afterMs, next: node(act.to) });
    case "any": {
      const { by, afterMs, timeoutTo } = act;
      const children = by === "child" && vars.child !== undefined ? [vars.child.sub_run_id] : [];
      if (children.length > 0) delete vars.child;
      const key = `any:${vars.name}:${vars.fuel}`;
      const isByTime = by === "time" || (by === "child" && children.length === 0);
      return waitAny({
        events: [by === "event" ? `later:${afterMs}:${key}` : `never:${key}`],
        user: { prompt: by === "user" ? `answer in ${afterMs}` : "silence" },
        children,
        afterMs: isByTime ? afterMs : FOR_LONG_MS,
        timeoutNode: timeoutTo === null ? undefined : node(timeoutTo),
        next: node(act.to),
        resultKey: kept,
      });
    }
    case "child":
      if (level === 0) return goto(node(act.to));
      return startSubworkflow({
        workflow: `level-${act.of % level}`,
        vars: startVars(`${vars.name}/${vars.fuel}`, Math.min(4, vars.fuel)),
        async: act.isAsync,
        next: node(act.to),
        resultKey: act.isAsync ? "child" : kept,
        onError: act.onError === null ? undefined : node(act.onError),
      });
    case "lost_child":
      return startSubworkflow({
        workflow: "lost",
        next: node(act.to),
        ...timeoutOf(act.timeoutTo),
      });
    case "join": {
      const { child } = vars;
      if (child === undefined) return goto(node(act.to));
      delete vars.child;
      return waitEvent({
        key: `subworkflow:${child.sub_run_id}`,
        next: node(act.to),
        resultKey: kept,
      });
    }
    case "fan_out":
      return fanOut(act, vars, count, level);
    case "race":
      return race(act, node, kept);
    case "lost_children":
      return startSubworkflows(
        Array.from({ length: act.total }, () => ({ workflow: "lost" })),
        {
          next: node(act.to),
          resultKey: kept,
          maxConcurrency: act.maxConcurrency ?? undefined,
          ...timeoutOf(act.timeoutTo),
        },
      );
    case "complete":
      return complete({ log: vars.log, list: vars.list }) as Plan;
    case "fail":
      if (act.throws) throw new Error("a node that throws");
      return fail("as planned");
    default:
      return act satisfies never;
  }
}

/** Each child has less fuel than its parent, so that families stay small. */
function fanOut(
  act: Extract<NodeAct, { act: "fan_out" }>,
  vars: FamilyVars,
  count: number,
  level: number,
): Plan {
  const { total, maxConcurrency, isPatient } = act;
  const name = `${vars.name}/${vars.fuel}`;
  const fuel = Math.min(2, Math.floor(vars.fuel / 3));
  const at = (index: number): number => act.at[index % act.at.length] ?? 0;
  const node = (index: number): string => `n${at(index) % count}`;
  const workflow = (index: number): string => `level-${at(index) % level}`;
  const listed = <Child>(child: (index: number) => Child): (Child & { vars: JsonObject })[] =>
    Array.from({ length: total }, (_, index) => ({
      ...child(index),
      vars: startVars(`${name}.${index}`, fuel),
    }));
  vars.items = Array.from({ length: total }, (_, n) => ({ n: n * 10 }));
  const each = { each: ref("items"), vars: startVars(name, fuel) };
  const options = {
    next: `n${act.to % count}`,
    resultKey: `results.r${vars.fuel}`,
    onFailure: "settle" as const,
    maxConcurrency: maxConcurrency ?? undefined,
    timeoutMs: isPatient ? FOR_LONG_MS : undefined,
  };
  const as = level === 0 ? act.as.replace("workflow", "branch") : act.as;
  if (as === "workflows")
    return startSubworkflows(
      listed((index) => ({ workflow: workflow(index) })),
      options,
    );
  if (as === "workflow_each") return startSubworkflows({ ...each, workflow: workflow(0) }, options);
  if (as === "branch_each") return branches({ ...each, node: node(0) }, options);
  return branches(
    listed((index) => ({ node: node(index) })),
    options,
  );
}

function race(
  { how, lost, deciding, takesMs, to, onError }: Extract<NodeAct, { act: "race" }>,
  node: (n: number) => string,
  kept: string,
): Plan {
  const isWon = how === "win";
  const decider = { workflow: "deciding", vars: { takesMs, fails: !isWon } };
  const deciders = Array.from({ length: how === "fail" ? 1 : deciding }, () => decider);
  const losers = Array.from({ length: lost }, () => ({ workflow: "lost" }));
  const tooMany = lost + 1;
  return startSubworkflows([...losers, ...deciders], {
    next: node(to),
    resultKey: isWon ? kept : undefined,
    join: how === "fail" ? "all" : isWon ? deciding : tooMany,
    onError: onError === null ? undefined : node(onError),
  });
}

const FOR_LONG_MS = 30 * 86_400_000;

/** Effects of which each step succeeds, or fails, as its payload says, however often it is interrupted. */
function worldEffects({ clock }: SimulatedWorld): readonly EffectDefinition[] {
  const retry = { maxAttempts: 4, baseMs: 500 };
  const by = (type: string, replay: EffectDefinition["replay"], timeoutMs?: number) =>
    scriptedEffect({
      type,
      replay,
      retry,
      ...(timeoutMs !== undefined && { timeoutMs }),
      countsPer: "step",
      clock,
      outcomes: (payload, { number }) => outcomeOf(type, payload as unknown as WorkPayload, number),
    });
  return [
    by("safe", "safe"),
    by("idempotent", "idempotent"),
    by("never", "never"),
    by("job", "safe"),
    by("slow", "idempotent", 3_000),
  ];
}

interface WorkPayload {
  readonly fails: number;
  readonly isFinal: boolean;
  readonly isUncertain: boolean;
  readonly takesMs: number;
  readonly n: number;
}

function outcomeOf(type: string, payload: WorkPayload, number: number): ScriptedOutcome {
  const { fails, isFinal, isUncertain, takesMs, n } = payload;
  if (isFinal) return { error: "for good", final: true, certain: true };
  if (type === "slow") return number <= fails ? { hangs: true } : { result: { n } };
  const afterMs = takesMs;
  if (number <= fails) return { error: "not yet", certain: true, afterMs };
  if (type === "never" && isUncertain) return { error: "did it happen?", afterMs };
  if (type === "job") return { wait: { prompt: "answer in 100" }, afterMs };
  return { result: { n }, afterMs };
}

function early(key: string): OutsideAction {
  return { kind: "event", key: `early:${key}`, payload: { early: key } };
}

/** What people and other systems do about a wait: the same whatever the schedule. */
function outside(run: WaitingRun, world: SimulatedWorld): readonly OutsideAction[] {
  const { runId, waiting, pending } = run;
  const { waitId, gate, prompt, waitKeys } = waiting;
  if (gate === "unknown_outcome" && pending !== null) {
    const { fails, isFinal, n } = pending.effect.payload as unknown as WorkPayload;
    const calls = world.executions.filter(({ stepId }) => stepId === pending.stepId).length;
    const verdict = calls > fails && !isFinal ? { happened: { n } } : "not_happened";
    return [{ kind: "settle", runId, waitId, verdict, afterMs: 30 }];
  }
  if (gate !== null)
    return [{ kind: "settle", runId, waitId, verdict: "not_happened", afterMs: 30 }];
  const asked = /^answer in (\d+)$/.exec(prompt ?? "");
  if (asked !== null)
    return [{ kind: "answer", runId, waitId, payload: { said: "yes" }, afterMs: Number(asked[1]) }];
  return waitKeys.flatMap((key) => eventFor(key, waitKeys));
}

function eventFor(key: string, waitKeys: readonly string[]): readonly OutsideAction[] {
  const [when, afterMs] = key.split(":");
  const isAlsoSent = when === "other" && waitKeys.some((other) => other.startsWith("both:"));
  if (isAlsoSent) return [{ kind: "event", key, payload: { key }, afterMs: 10 }];
  const isSent =
    when === "later" || when === "both" || (when === "early" && Number.isInteger(Number(afterMs)));
  return isSent ? [{ kind: "event", key, payload: { key }, afterMs: Number(afterMs) }] : [];
}
