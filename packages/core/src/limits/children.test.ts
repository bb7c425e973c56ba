import { describe, expect, it } from "vitest";
import { limitsOf, loop, modelOf } from "../../test/spending.ts";
import { handHeld, newWorld, type World } from "../../test/world.ts";
import {
  complete,
  defineWorkflow,
  startSubworkflow,
  startSubworkflows,
  waitEvent,
  type BudgetsConfig,
  type JsonObject,
  type RunState,
  type Workflow,
} from "../index.ts";

const tokens = { inputTokens: 100, cost: 0.1 };

/** Calls the model once, starts a loop as its child, and calls the model again. */
function parentOf(
  options: {
    readonly times?: number;
    readonly async?: boolean;
    readonly limits?: BudgetsConfig;
    readonly childLimits?: JsonObject;
    readonly timeoutMs?: number;
  } = {},
): Workflow {
  const { times = 2, childLimits, ...rest } = options;
  const vars = { done: 0, times, ...(childLimits !== undefined && { _limits: childLimits }) };
  return defineWorkflow({
    id: "parent",
    entry: "before",
    nodes: {
      before: () => ({ effect: { type: "model" }, nextNode: "child" }),
      child: () => startSubworkflow({ workflow: "loop", vars, next: "after", ...rest }),
      after: () => ({ effect: { type: "model" }, nextNode: "end" }),
      end: () => complete(null),
    },
  });
}

async function childrenOf(world: World, runId: string): Promise<readonly RunState[]> {
  const { items } = await world.store.listChildren(runId);
  return Promise.all(items.map(async ({ run }) => world.state(run.runId)));
}

async function family(
  world: World,
  parent: Workflow,
  { calls = { n: 0 }, ...limits }: Parameters<World["runtime"]>[0] & { calls?: { n: number } } = {},
) {
  const effects = [modelOf(tokens, calls)];
  const runtime = world.runtime({ effects, workflows: [loop], ...limits });
  const { runId } = await runtime.start(parent);
  await world.settle();
  const children = await childrenOf(world, runId);
  return { runtime, runId, run: await world.state(runId), children };
}

describe("a child", () => {
  it("brings home what it used, with its result", async () => {
    const world = newWorld();
    const { run, runId, children } = await family(world, parentOf());
    expect(run.status).toBe("completed");
    expect(limitsOf(run)).toMatchObject({
      current_iteration: 4,
      used_input_tokens: 400,
      used_cost: 0.4,
    });
    expect(limitsOf(children[0]!)).toMatchObject({ current_iteration: 2, used_cost: 0.2 });
    const records = await world.store.records(runId);
    const answered = records.find(({ kind }) => kind === "answered");
    expect(answered).toMatchObject({ usage: { iterations: 2, inputTokens: 200, cost: 0.2 } });
  });

  it("may use what its parent has left, and says so in its created record", async () => {
    const world = newWorld();
    const limits = { maxIterations: 10, budgetCost: 1, enforce: true };
    const { children } = await family(world, parentOf(), { limits });
    const [child] = children;
    expect(limitsOf(child!)).toMatchObject({ max_iterations: 9, budget_cost: 0.9 });
    expect(child!.parent?.grant).toEqual({ max_iterations: 9, budget_cost: 0.9 });
    const [created] = await world.store.records(child!.runId);
    expect(created).toMatchObject({ parent: { grant: { max_iterations: 9, budget_cost: 0.9 } } });
  });

  it("begins with iterations of its own where they only warn, as in 0.2.0", async () => {
    const world = newWorld();
    const limits = { maxIterations: 10, budgetCost: 1 };
    const { children } = await family(world, parentOf(), { limits });
    expect(limitsOf(children[0]!)).toMatchObject({ max_iterations: 10, budget_cost: 0.9 });
    expect(children[0]!.parent?.grant).toEqual({ budget_cost: 0.9 });
  });

  it("keeps limits of its own that are tighter, and no grant where none binds", async () => {
    const world = newWorld();
    const limits = { maxIterations: 100, budgetCost: 1 };
    const childLimits = { max_iterations: 5, budget_cost: 0.5, budget_effects: 7 };
    const { children } = await family(world, parentOf({ childLimits }), { limits });
    expect(limitsOf(children[0]!)).toMatchObject(childLimits);
    expect(children[0]!.parent).not.toHaveProperty("grant");
  });

  it("gets its share, and no more than is left", async () => {
    const world = newWorld();
    const limits = { budgetCost: 1 };
    const share = { budgetCost: 0.5, budgetTokens: 300, maxIterations: 3, enforce: true };
    const { children } = await family(world, parentOf({ limits: share }), { limits });
    expect(limitsOf(children[0]!)).toMatchObject({
      budget_cost: 0.5,
      budget_tokens: 300,
      max_iterations: 3,
      enforce: true,
    });
    const greedy = parentOf({ limits: { budgetCost: 50 } });
    const other = await family(world, greedy, { limits });
    expect(limitsOf(other.children[0]!)).toMatchObject({ budget_cost: 0.9 });
  });

  it("begins with nothing used, whatever it is given", async () => {
    const world = newWorld();
    const childLimits = { current_iteration: 9, used_cost: 5, used_effects: 3, max_tokens: 8 };
    const { run, children } = await family(world, parentOf({ times: 1, childLimits }));
    expect(limitsOf(children[0]!)).toEqual({
      current_iteration: 1,
      max_tokens: 8,
      used_cost: 0.1,
      used_input_tokens: 100,
    });
    expect(limitsOf(run)).toMatchObject({ current_iteration: 3, used_cost: 0.3 });
  });

  it.each<[string, BudgetsConfig]>([
    ["negative", { budgetCost: -1 }],
    ["half a token", { budgetTokens: 0.5 }],
    ["no flag", { enforce: "yes" as unknown as boolean }],
  ])("is not started with a share that is %s", async (_what, limits) => {
    const world = newWorld();
    const { run, children } = await family(world, parentOf({ limits }));
    expect(run.error?.details).toMatchObject({ cause: { code: "invalid_argument" } });
    expect(children).toEqual([]);
  });

  it("that runs out asks by itself, and what it is given more is booked to its parent", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const limits = { budgetCost: 0.3, enforce: true };
    const options = { calls, limits };
    const { runtime, run, runId, children } = await family(world, parentOf({ times: 4 }), options);
    const [child] = children;
    expect(calls.n).toBe(3);
    expect(run.waiting).toMatchObject({ reason: "subworkflow", gate: null });
    expect(child!.waiting).toMatchObject({ gate: "limit" });
    const asking = await runtime.listRuns({ gate: "limit" });
    expect(asking.items.map((item) => item.runId)).toEqual([child!.runId]);
    await runtime.updateLimits(child!.runId, { budget_cost: 1 });
    const after = await world.state(runId);
    expect(limitsOf(after)).toMatchObject({ used_cost: 0.5 });
    expect(after.waiting).toMatchObject({
      gate: "limit",
      details: { exhausted: [{ limit: "budget_cost", used: 0.5, maximum: 0.3 }] },
    });
    await runtime.updateLimits(runId, { budget_cost: 1 });
    expect((await world.state(runId)).status).toBe("completed");
    expect(calls.n).toBe(6);
  });

  it("is bound through a generation that spends nothing itself", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const middle = defineWorkflow({
      id: "middle",
      entry: "start",
      nodes: {
        start: () =>
          startSubworkflow({ workflow: "loop", vars: { done: 0, times: 9 }, next: "end" }),
        end: () => complete(null),
      },
    });
    const top = defineWorkflow({
      id: "top",
      entry: "start",
      nodes: {
        start: () => startSubworkflow({ workflow: middle, next: "end" }),
        end: () => complete(null),
      },
    });
    const limits = { budgetCost: 0.3, enforce: true };
    const workflows = [loop, middle];
    const { runtime, runId } = await family(world, top, { calls, limits, workflows });
    expect(calls.n).toBe(3);
    const [leaf] = (await runtime.listRuns({ gate: "limit" })).items;
    expect(leaf?.workflowId).toBe("loop");
    await runtime.updateLimits(leaf!.runId, { budget_cost: 5 });
    expect(limitsOf(await world.state(runId))).toMatchObject({ used_cost: 0.9 });
  });

  it("books its use also when its parent does not wait for it any more", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model" });
    const parent = defineWorkflow({
      id: "impatient",
      entry: "child",
      nodes: {
        child: () =>
          startSubworkflow({
            workflow: "loop",
            vars: { done: 0, times: 1 },
            next: "wait",
            timeoutMs: 50,
          }),
        wait: () => waitEvent({ key: "never", next: "end" }),
        end: () => complete(null),
      },
    });
    const runtime = world.runtime({ effects: [model], workflows: [loop, parent] });
    const started = runtime.start(parent, { id: "top" });
    await world.settle();
    model.calls[0]?.context.usage({ cost: 2 });
    await world.clock.advance(50);
    await runtime.tick("top");
    await world.clock.advance(60_000);
    await started;
    await runtime.tick("top");
    const run = await world.state("top");
    expect(run.waiting).toMatchObject({ waitKey: "never" });
    expect(limitsOf(run)).toMatchObject({ used_cost: 2 });
    expect(await world.kinds("top")).toContain("refused");
  });

  it("books its use when nobody waits for it, once", async () => {
    const world = newWorld();
    const parent = defineWorkflow({
      id: "detached",
      entry: "child",
      nodes: {
        child: () =>
          startSubworkflow({
            workflow: "loop",
            vars: { done: 0, times: 2 },
            async: true,
            resultKey: "child",
            next: "wait",
          }),
        wait: () => waitEvent({ key: "go", next: "join" }),
        join: (run) => waitEvent({ key: `subworkflow:${run.vars.child.sub_run_id}`, next: "end" }),
        end: () => complete(null),
      },
    });
    const { runtime, runId, run } = await family(world, parent);
    expect(limitsOf(run)).toMatchObject({ current_iteration: 2, used_cost: 0.2 });
    expect(run.waiting).toMatchObject({ waitKey: "go" });
    await runtime.emitEvent("go");
    const end = await world.state(runId);
    expect(end.status).toBe("completed");
    expect(limitsOf(end)).toMatchObject({ current_iteration: 2, used_cost: 0.2 });
  });
});

describe("several children", () => {
  const many = (times: readonly number[], join: "all" | "any" = "all"): Workflow =>
    defineWorkflow({
      id: "many",
      entry: "start",
      nodes: {
        start: () =>
          startSubworkflows(
            times.map((n) => ({ workflow: "loop", vars: { done: 0, times: n } })),
            { join, next: "after" },
          ),
        after: () => waitEvent({ key: "never", next: "end" }),
        end: () => complete(null),
      },
    });

  it("bring home what they used, before their parent goes on", async () => {
    const world = newWorld();
    const { run, runId } = await family(world, many([1, 2, 3]));
    expect(run.waiting).toMatchObject({ waitKey: "never" });
    expect(limitsOf(run)).toMatchObject({ current_iteration: 6, used_cost: 0.6 });
    const kinds = await world.kinds(runId);
    expect(kinds.lastIndexOf("limits")).toBeLessThan(kinds.indexOf("answered"));
  });

  it("do not wake their parent by what they used alone", async () => {
    const world = newWorld();
    const { run } = await family(world, many([1, 1, 1, 1, 1]));
    expect(run.revision).toBeLessThanOrEqual(4);
  });

  it("may each use what was left when they began, and so go over together, but not alone", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const limits = { budgetCost: 0.2, enforce: true };
    const { runtime, children } = await family(world, many([5, 5, 5]), { calls, limits });
    expect(calls.n).toBe(6);
    for (const child of children) {
      expect(child.waiting?.gate).toBe("limit");
      expect(limitsOf(child)).toMatchObject({ budget_cost: 0.2, used_cost: 0.2 });
    }
    expect((await runtime.listRuns({ gate: "limit" })).items).toHaveLength(3);
  });

  it("book also what was used below a loser that was cancelled before it", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model" });
    const nested = (id: string, workflow: string): Workflow =>
      defineWorkflow({
        id,
        entry: "start",
        nodes: {
          start: () => startSubworkflow({ workflow, vars: { done: 0, times: 1 }, next: "end" }),
          end: () => complete(null),
        },
      });
    const quick = defineWorkflow({
      id: "quick",
      entry: "wait",
      nodes: {
        wait: () => waitEvent({ key: "win", next: "end" }),
        end: () => complete(null),
      },
    });
    const race = defineWorkflow({
      id: "race",
      entry: "start",
      nodes: {
        start: () =>
          startSubworkflows([{ workflow: "outer" }, { workflow: "quick" }], {
            join: "any",
            next: "after",
          }),
        after: () => waitEvent({ key: "never", next: "end" }),
        end: () => complete(null),
      },
    });
    const workflows = [loop, nested("outer", "inner"), nested("inner", "loop"), quick];
    const runtime = world.runtime({ effects: [model], workflows });
    const started = runtime.start(race, { id: "top" });
    await world.settle();
    model.calls[0]?.context.usage({ cost: 3 });
    await runtime.emitEvent("win");
    await world.clock.advance(60_000);
    await started;
    const run = await world.state("top");
    expect(run.waiting).toMatchObject({ waitKey: "never" });
    expect(limitsOf(run)).toMatchObject({ used_cost: 3 });
  });

  it("book also what losers used", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model" });
    const runtime = world.runtime({ effects: [model], workflows: [loop] });
    const started = runtime.start(many([1, 1], "any"), { id: "top" });
    await world.settle();
    const [first, second] = model.calls;
    second?.context.usage({ cost: 0.25 });
    first?.context.usage({ cost: 0.5 });
    first?.resolve(null);
    await world.clock.advance(60_000);
    await started;
    await runtime.tick("top");
    const run = await world.state("top");
    const children = await childrenOf(world, "top");
    expect(children.map(({ status }) => status).toSorted()).toEqual(["cancelled", "completed"]);
    expect(run.waiting).toMatchObject({ waitKey: "never" });
    expect(limitsOf(run)).toMatchObject({ used_cost: 0.75 });
  });
});
