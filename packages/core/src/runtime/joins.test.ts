import { describe, expect, it } from "vitest";
import { handHeld, newWorld, type World } from "../../test/world.ts";
import {
  branches,
  startSubworkflows,
  type JoinResult,
  type Subworkflow,
} from "../builtin/plan-children.ts";
import { askUser, waitUntil } from "../builtin/plan-waits.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { complete, fail } from "../step/plan-helpers.ts";
import { ref } from "../step/ref.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Runtime } from "./runtime.ts";

/** Asks a person, and completes with the answer. */
const asking = defineWorkflow({
  id: "asking",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "?", resultKey: "said", next: "end" }),
    end: (run) => (run.vars.said === "fail" ? fail("as told") : complete(run.vars.said)),
  },
});

const quick = defineWorkflow({
  id: "quick",
  entry: "a",
  nodes: { a: (run) => complete(run.vars.item ?? "quick") },
});

interface JoinOptions {
  readonly join?: "all" | "any" | number;
  readonly onFailure?: "fail-fast" | "settle";
  readonly maxConcurrency?: number;
  readonly timeoutMs?: number;
  readonly timeoutNode?: "late";
  readonly onError?: "mended";
}

const asked = (count: number): readonly Subworkflow[] =>
  Array.from({ length: count }, () => ({ workflow: "asking" }));

/** Starts the children, and completes with what the join says. */
function parentOf(children: readonly Subworkflow[], options: JoinOptions = {}): Workflow {
  return defineWorkflow({
    id: "parent",
    entry: "start",
    nodes: {
      start: () =>
        startSubworkflows(children, {
          next: "end",
          resultKey: "r",
          ...options,
        }),
      end: (run) => complete(run.vars.r),
      late: () => complete("late"),
      mended: (run) => complete(run.vars.r),
    },
  });
}

async function childrenOf(world: World, runId: string): Promise<readonly RunState[]> {
  const runs: RunState[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await world.store.listChildren(runId, {
      limit: 500,
      ...(cursor !== undefined && { cursor }),
    });
    runs.push(...page.items.map(({ run }) => run));
    if (page.nextCursor === null) return runs;
    cursor = page.nextCursor;
  }
}

async function statusesOf(world: World, runId: string): Promise<readonly string[]> {
  return (await childrenOf(world, runId)).map(({ status }) => status);
}

/** Every run below this one. */
async function familyOf(world: World, runId: string): Promise<readonly RunState[]> {
  const children = await childrenOf(world, runId);
  const below = await Promise.all(children.map((child) => familyOf(world, child.runId)));
  return [...children, ...below.flat()];
}

async function answer(
  world: World,
  runtime: Runtime,
  parentId: string,
  index: number,
  said: unknown,
): Promise<void> {
  const child = (await childrenOf(world, parentId))[index];
  await runtime.resume(child?.runId ?? "", said, { waitId: child?.waiting?.waitId });
}

describe("a run that waits for several children", () => {
  it("gets their results in order, in whatever order they are answered", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3)));
    for (const index of [2, 0, 1]) {
      expect(await run.state()).toMatchObject({ status: "waiting" });
      await answer(world, runtime, run.runId, index, `answer ${index}`);
    }
    const { completed, failed, results } = (await run.result()) as JoinResult;
    expect({ completed, failed }).toEqual({ completed: 3, failed: 0 });
    expect(results).toEqual(
      (await childrenOf(world, run.runId)).map(({ runId }, index) => ({
        index,
        sub_run_id: runId,
        status: "completed",
        output: `answer ${index}`,
        error: null,
      })),
    );
  });

  it("lets a branch wait for a person while others finish", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const research = defineWorkflow({
      id: "research",
      entry: "start",
      nodes: {
        start: () =>
          branches(
            [
              { node: "look", vars: { topic: "a" } },
              { node: "ask" },
              { node: "look", vars: { topic: "b" } },
            ],
            { next: "end", resultKey: "r" },
          ),
        look: (run) => ({
          effect: { type: "work", payload: { topic: run.vars.topic }, resultKey: "found" },
          nextNode: "found",
        }),
        found: (run) => complete(run.vars.found),
        ask: () => askUser({ prompt: "budget?", resultKey: "said", next: "said" }),
        said: (run) => complete(run.vars.said),
        end: (run) =>
          complete(run.vars.r.results.map((result: { output: unknown }) => result.output)),
      },
    });
    const runtime = world.runtime({ effects: [work] });
    const starting = runtime.start(research, { id: "research" });
    await world.settle();
    expect(work.calls.map(({ payload }) => payload)).toEqual([{ topic: "a" }, { topic: "b" }]);
    for (const [index, call] of work.calls.entries()) call.resolve(`found ${index}`);
    const run = await starting;
    expect(await statusesOf(world, "research")).toEqual(["completed", "waiting", "completed"]);
    await answer(world, runtime, "research", 1, "100");
    expect(await run.result()).toEqual(["found 0", "100", "found 1"]);
    const kinds = await world.kinds("research");
    expect(kinds).toEqual(["created", "begun", "waiting", "answered", "ended"]);
  });

  it("is over with no children at once", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(parentOf([]));
    expect(await run.result()).toEqual({ completed: 0, failed: 0, results: [] });
    const each = defineWorkflow({
      id: "each",
      entry: "a",
      nodes: {
        a: () => branches({ node: "b", each: ref("items") }, { next: "b", resultKey: "r" }),
        b: (at) => complete(at.vars.r),
      },
    });
    const none = await runtime.start(each, { vars: { items: [] } });
    expect(await none.result()).toMatchObject({ results: [] });
  });

  it("needs a child for any of them", async () => {
    const run = await newWorld()
      .runtime()
      .start(parentOf([], { join: "any" }));
    expect((await run.state()).error?.message).toContain("payload.join asks for 1 of 0 children");
  });
});

describe("a join of all", () => {
  it("fails at the first failure, and cancels the others", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3)));
    await answer(world, runtime, run.runId, 0, "fine");
    await answer(world, runtime, run.runId, 2, "fail");
    const { status, error } = await run.state();
    expect({ status, code: error?.code }).toEqual({ status: "failed", code: "effect_failed" });
    expect(error?.message).toContain("Subworkflow 'asking' failed: as told");
    expect(error?.details?.["cause"]).toMatchObject({
      code: "run_failed",
      details: { index: 2, completed: 1, failed: 1 },
    });
    expect(await statusesOf(world, run.runId)).toEqual(["completed", "cancelled", "failed"]);
  });

  it("goes to its error node with what failed, and no result", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(2), { onError: "mended" }));
    await answer(world, runtime, run.runId, 1, "fail");
    expect(await run.result()).toMatchObject({ error: { code: "run_failed", nodeId: "start" } });
  });

  it("settles with every child, whatever became of each", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3), { onFailure: "settle" }));
    await answer(world, runtime, run.runId, 0, "fail");
    const [, second] = await childrenOf(world, run.runId);
    await runtime.cancelRun(second?.runId ?? "", "not needed");
    await answer(world, runtime, run.runId, 2, "fine");
    expect(await run.result()).toMatchObject({
      completed: 1,
      failed: 2,
      results: [
        { index: 0, status: "failed", output: null, error: { message: "as told" } },
        { index: 1, status: "cancelled", output: null, error: { message: "not needed" } },
        { index: 2, status: "completed", output: "fine", error: null },
      ],
    });
  });

  it("fails by a child that was cancelled from outside", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(2)));
    const [first] = await childrenOf(world, run.runId);
    await runtime.cancelRun(first?.runId ?? "", "enough");
    expect((await run.state()).error?.message).toContain("was cancelled: enough");
    expect(await statusesOf(world, run.runId)).toEqual(["cancelled", "cancelled"]);
  });
});

describe("a join of some", () => {
  it("is won by the first that completes, and the others are cancelled", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(4), { join: "any" }));
    await answer(world, runtime, run.runId, 3, "fail");
    await answer(world, runtime, run.runId, 1, "first");
    expect(await run.result()).toMatchObject({
      completed: 1,
      failed: 1,
      results: [{ index: 1, output: "first" }],
    });
    expect(await statusesOf(world, run.runId)).toEqual([
      "cancelled",
      "completed",
      "cancelled",
      "failed",
    ]);
  });

  it("takes the first so many, in order of index, and no more", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(5), { join: 2 }));
    await answer(world, runtime, run.runId, 4, "first");
    await answer(world, runtime, run.runId, 2, "second");
    const { results } = (await run.result()) as JoinResult;
    expect(results.map(({ index, output }) => [index, output])).toEqual([
      [2, "second"],
      [4, "first"],
    ]);
  });

  it.each([
    ["any of one", { join: "any" }, 1],
    ["as many as there are", { join: 2 }, 2],
    ["some of more", { join: 2 }, 3],
  ] as const)("fails once it can't have enough: %s", async (_, options, count) => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(count), { ...options, onError: "mended" }));
    for (let index = 0; !isEnded(await run.state()); index += 1)
      await answer(world, runtime, run.runId, index, "fail");
    expect(await run.result()).toMatchObject({ error: { code: "join_failed" } });
  });

  it("fails at the first failure if it is told to", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3), { join: "any", onFailure: "fail-fast" }));
    await answer(world, runtime, run.runId, 0, "fail");
    expect(await run.state()).toMatchObject({ status: "failed" });
    expect(await statusesOf(world, run.runId)).toEqual(["failed", "cancelled", "cancelled"]);
  });

  it("has one winner although a loser ends at the same moment", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const works = defineWorkflow({
      id: "works",
      entry: "a",
      nodes: {
        a: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "b" }),
        b: (run) => complete(run.vars.r),
      },
    });
    const runtime = world.runtime({ workflows: [works], effects: [work] });
    const children = Array.from({ length: 3 }, () => ({ workflow: works }));
    const starting = runtime.start(parentOf(children, { join: "any" }));
    await world.settle();
    for (const [index, call] of work.calls.entries()) call.resolve(index);
    const run = await starting;
    const { results } = (await run.result()) as JoinResult;
    expect(results.length).toBe(1);
    const family = await childrenOf(world, run.runId);
    expect(family[results[0]?.index ?? -1]).toMatchObject({ output: results[0]?.output });
    expect(family.every(isEnded)).toBe(true);
    const kinds = await world.kinds(run.runId);
    expect(kinds.filter((kind) => kind === "answered").length).toBe(1);
  });
});

describe("a join's timeout", () => {
  it("goes on at its node, and cancels who has not ended", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3), { timeoutMs: 1_000, timeoutNode: "late" }));
    await answer(world, runtime, run.runId, 1, "in time");
    await world.clock.advance(1_000);
    expect(await run.tick()).toMatchObject({ status: "completed", output: "late" });
    await world.settle();
    expect(await statusesOf(world, run.runId)).toEqual(["cancelled", "completed", "cancelled"]);
  });

  it("loses against the last child that ended before it was noticed", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(1), { timeoutMs: 1_000, timeoutNode: "late" }));
    const [child] = await childrenOf(world, run.runId);
    const elsewhere = world.runtime({ workflows: [asking] });
    await world.clock.advance(1_000);
    const waitId = child?.waiting?.waitId;
    await elsewhere.resume(child?.runId ?? "", "just so", { waitId });
    expect(await run.tick()).toMatchObject({ output: { results: [{ output: "just so" }] } });
  });

  it("says so under the result key where there is no node for it", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(1), { timeoutMs: 10 }));
    await world.clock.advance(10);
    expect(await run.tick()).toMatchObject({ output: { timed_out: true } });
  });
});

/** Three levels of joins over people who are asked. */
const tower = defineWorkflow({
  id: "tower",
  entry: "grow",
  nodes: {
    grow: (run) =>
      run.vars.height === 0
        ? askUser({ prompt: "?", next: "end", resultKey: "r" })
        : branches(
            [0, 1].map(() => ({ node: "grow", vars: { height: run.vars.height - 1 } })),
            { next: "end", resultKey: "r" },
          ),
    end: (run) => complete(run.vars.r.completed ?? run.vars.r),
  },
});

describe("joins in joins", () => {
  it("end from below", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(tower, { vars: { height: 3 } });
    const family = await familyOf(world, run.runId);
    expect(family.length).toBe(2 + 4 + 8);
    for (const { runId, waiting } of family)
      if (waiting?.reason === "user") await runtime.resume(runId, "ok", { waitId: waiting.waitId });
    expect(await run.result()).toBe(2);
  });

  it("are all cancelled from above", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(tower, { vars: { height: 3 } });
    await run.cancel("no more");
    const family = await familyOf(world, run.runId);
    expect(family.length).toBe(14);
    for (const child of family)
      expect(child).toMatchObject({ status: "cancelled", error: { message: "no more" } });
  });

  it("are all cancelled when one leaf fails", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(tower, { vars: { height: 3 } });
    const leaf = (await familyOf(world, run.runId)).find(
      ({ waiting }) => waiting?.reason === "user",
    );
    await runtime.cancelRun(leaf?.runId ?? "", "this one");
    expect(await run.state()).toMatchObject({ status: "failed" });
    const family = await familyOf(world, run.runId);
    expect(family.filter((child) => !isEnded(child))).toEqual([]);
  });
});

describe("a paused parent", () => {
  it("hears of its children once it is unpaused", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3), { maxConcurrency: 2 }));
    await run.pause();
    for (const index of [0, 1]) await answer(world, runtime, run.runId, index, index);
    expect(await run.state()).toMatchObject({ status: "waiting", paused: true });
    expect((await childrenOf(world, run.runId)).length).toBe(2);
    await run.unpause();
    expect((await childrenOf(world, run.runId)).length).toBe(3);
    await answer(world, runtime, run.runId, 2, 2);
    expect(await run.result()).toMatchObject({ completed: 3 });
  });

  it("begins no more children, and is cancelled like any other", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(3), { maxConcurrency: 1 }));
    await run.pause();
    await answer(world, runtime, run.runId, 0, 0);
    await run.cancel();
    expect(await statusesOf(world, run.runId)).toEqual(["completed"]);
  });
});

const over = (options: Pick<JoinOptions, "maxConcurrency"> = {}): Workflow =>
  defineWorkflow({
    id: "over",
    entry: "start",
    nodes: {
      start: () =>
        startSubworkflows(
          { workflow: "quick", each: ref("items") },
          { next: "end", resultKey: "r", ...options },
        ),
      end: (run) => complete(run.vars.r.results.map((child: { output: unknown }) => child.output)),
    },
  });

describe("many children", () => {
  const items = Array.from({ length: 1_200 }, (_, n) => n * 2);

  it("begin in several commits", async () => {
    const world = newWorld();
    const run = await world.runtime({ workflows: [quick] }).start(over(), { vars: { items } });
    expect(await run.result()).toEqual(items);
    const ledger = await run.ledger();
    const begun = ledger.flatMap((record) => (record.kind === "branched" ? [record.begun] : []));
    expect(begun).toEqual([1_000, 1_200]);
  });

  it("live at most so many at a time as they may", async () => {
    const world = newWorld();
    let living: number | undefined;
    let most = 0;
    world.store.afterCommit = ({ children, run }) => {
      living ??= world.store.creates[0]?.children.length ?? 0;
      living += children.length - (isEnded(run) && run.parent !== null ? 1 : 0);
      most = Math.max(most, living);
    };
    const run = await world
      .runtime({ workflows: [quick] })
      .start(over({ maxConcurrency: 50 }), { vars: { items } });
    expect(await run.result()).toEqual(items);
    expect(most).toBeLessThanOrEqual(50);
    expect(most).toBeGreaterThan(25);
    // A tenth of the limit is free before more begin, so that not every end costs a commit of the parent.
    expect(world.store.writesOf(run.runId)).toBeLessThan(1_200 / 4);
  });

  it("are all cancelled when one of them wins", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const run = await runtime.start(parentOf(asked(700), { join: "any" }));
    await answer(world, runtime, run.runId, 650, "first");
    expect(await run.result()).toMatchObject({ results: [{ index: 650, output: "first" }] });
    const statuses = await statusesOf(world, run.runId);
    expect(statuses.filter((status) => status === "cancelled").length).toBe(699);
  });

  it("end the same when each is driven step by step", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking, quick] });
    const few = items.slice(0, 7);
    const run = await runtime.start(over({ maxConcurrency: 2 }), {
      vars: { items: few },
      drive: false,
    });
    for (let round = 0; !isEnded(await run.state()); round += 1) {
      expect(round).toBeLessThan(50);
      for (const { runId } of [await run.state(), ...(await childrenOf(world, run.runId))])
        await runtime.tick(runId, { maxSteps: 1 });
    }
    expect(await run.result()).toEqual(few);
  });

  it("end the same when several processes drive them at once", async () => {
    const world = newWorld();
    const parent = over({ maxConcurrency: 20 });
    const runtimes = [0, 1, 2].map(() => world.runtime({ workflows: [quick, parent] }));
    const run = await world
      .runtime()
      .start(parent, { vars: { items: items.slice(0, 300) }, drive: false });
    const running = Promise.all(runtimes.map((runtime) => runtime.run(run.runId)));
    for (let n = 0; n < 100 && !isEnded(await run.state()); n += 1)
      await world.clock.advance(1_000);
    await running;
    expect(await run.result()).toEqual(items.slice(0, 300));
    expect((await childrenOf(world, run.runId)).length).toBe(300);
  });

  it("are slept for when they sleep", async () => {
    const world = newWorld();
    const sleeping = defineWorkflow({
      id: "quick",
      entry: "sleep",
      nodes: {
        sleep: (run) => waitUntil({ afterMs: run.vars.item, next: "end" }),
        end: (run) => complete(run.vars.item),
      },
    });
    const runtime = world.runtime({ workflows: [sleeping] });
    const given = [500, 3_000, 20, 3_000];
    const run = await runtime.start(over({ maxConcurrency: 2 }), { vars: { items: given } });
    const running = run.run();
    for (let passed = 0; !isEnded(await run.state()); passed += 100) {
      expect(passed).toBeLessThan(7_000);
      await world.clock.advance(100);
    }
    expect((await running).output).toEqual(given);
  });
});

describe("a branch", () => {
  const branching = (version: string, outputs: object): Workflow =>
    defineWorkflow({
      id: "branching",
      version,
      entry: "start",
      ...outputs,
      nodes: {
        start: () =>
          branches(
            { node: "ask", each: ref("items") },
            { next: "end", resultKey: "r", maxConcurrency: 1 },
          ),
        ask: () => askUser({ prompt: version, next: "said", resultKey: "said" }),
        said: (run) => complete(`${version} ${run.vars.said}`),
        end: (run) => complete(run.vars.r.results.map((child: { output: string }) => child.output)),
      },
    });

  it("runs its parent's graph, whatever the newest is", async () => {
    const world = newWorld();
    const [old, young] = [branching("1", {}), branching("2", {})];
    const run = await world.runtime().start(old, { vars: { items: [1, 2] } });
    const both = world.runtime({ workflows: [old, young] });
    for (const index of [0, 1]) await answer(world, both, run.runId, index, index);
    expect(await run.result()).toEqual(["1 0", "1 1"]);
    const [first, second] = await childrenOf(world, run.runId);
    expect(second?.graphHash).toBe(first?.graphHash);
    expect(first).toMatchObject({
      workflowId: "branching",
      workflowVersion: "1",
      parent: { branch: true },
    });
  });

  it("completes with an output of its own, which is not the workflow's", async () => {
    const world = newWorld();
    const lists: Workflow["outputSchema"] = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          Array.isArray(value) ? { value } : { issues: [{ message: "a list is needed" }] },
      },
    };
    const runtime = world.runtime();
    const run = await runtime.start(branching("1", { output: lists }), { vars: { items: [1] } });
    await answer(world, runtime, run.runId, 0, "text");
    expect(await run.result()).toEqual(["1 text"]);
  });

  it("begins with vars of its own", async () => {
    const world = newWorld();
    const own = defineWorkflow({
      id: "own",
      entry: "start",
      nodes: {
        start: (run) => {
          run.vars.secret = "the parent's";
          return branches([{ node: "tell", vars: { mine: 1 } }, { node: "tell" }], {
            next: "end",
            resultKey: "r",
          });
        },
        tell: (run) => complete([run.vars.mine ?? null, run.vars.secret ?? null]),
        end: (run) =>
          complete(run.vars.r.results.map((child: { output: unknown }) => child.output)),
      },
    });
    const run = await world.runtime().start(own);
    expect(await run.result()).toEqual([
      [1, null],
      [null, null],
    ]);
  });
});

describe("a later batch that can't begin", () => {
  it("fails the join and cancels the children that there are", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const parent = parentOf(asked(4), { maxConcurrency: 2, onError: "mended" });
    const run = await runtime.start(parent);
    const [first, second] = await childrenOf(world, run.runId);
    const elsewhere = world.runtime({ workflows: [asking] });
    await elsewhere.resume(first?.runId ?? "", "done", { waitId: first?.waiting?.waitId });
    const without = world.runtime({ workflows: [parent] });
    await without.tick(run.runId);
    expect(await run.result()).toMatchObject({ error: { code: "workflow_not_registered" } });
    expect(await statusesOf(world, run.runId)).toEqual(["completed", "cancelled"]);
    expect((await world.state(second?.runId ?? "")).error?.message).toContain(
      "could not begin all",
    );
  });

  it("is tried again when the store is away", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asking] });
    const parent = parentOf(asked(2), { maxConcurrency: 1 });
    const run = await runtime.start(parent);
    const elsewhere = world.runtime({ workflows: [asking, parent] });
    const { records } = world.store;
    world.store.records = async (runId, range) => {
      if (range?.limit === 1) throw new AbstractRuntimeError("store_unavailable", "away");
      return records.call(world.store, runId, range);
    };
    await answer(world, elsewhere, run.runId, 0, "done");
    expect((await childrenOf(world, run.runId)).length).toBe(1);
    world.store.records = records;
    await world.clock.advance(60_000);
    await run.tick();
    expect((await childrenOf(world, run.runId)).length).toBe(2);
    expect(await run.state()).toMatchObject({ status: "waiting" });
  });
});
