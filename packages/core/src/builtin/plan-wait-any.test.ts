import { describe, expect, it } from "vitest";
import { z } from "zod";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import type { NodeRun } from "../workflow/node-handler.ts";
import { complete, fail } from "../step/plan-helpers.ts";
import type { Plan } from "../step/plan.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { waitAny } from "./plan-wait-any.ts";
import { startSubworkflow, waitEvent, waitUntil } from "./plan-waits.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- workflows without a schema
type Vars = any;

/** Plans once, and completes with what won. */
const first = (plan: (run: NodeRun<Vars>) => Plan, answers = {}): Workflow =>
  defineWorkflow<string>({
    id: "w",
    entry: "first",
    nodes: {
      first: plan,
      last: (run) => complete(run.vars.won),
      late: (run) => complete({ late: run.vars.won }),
    },
    answers,
  });

const question = { prompt: "Stop?", choices: ["yes", "no"], allowFreeText: false, key: "ask" };
const stopOrPaid = first(() =>
  waitAny({
    events: ["paid", "refunded"],
    user: question,
    afterMs: 60_000,
    resultKey: "won",
    next: "last",
  }),
);

/** Ends as it is told under `child:<name>`. */
const child = defineWorkflow<string>({
  id: "child",
  entry: "wait",
  nodes: {
    wait: (run) => waitEvent({ key: `child:${run.vars.name}`, resultKey: "told", next: "end" }),
    end: (run) => (run.vars.told === "fail" ? fail("as told") : complete(run.vars.told)),
  },
});

/** Starts two children, then waits for the first of what `plan` says, twice. */
const parent = (plan: (children: readonly string[], run: NodeRun<Vars>) => Plan): Workflow =>
  defineWorkflow<string>({
    id: "parent",
    entry: "one",
    nodes: {
      one: () => starting("a", "one", "two"),
      two: () => starting("b", "two", "wait"),
      wait: (run) => plan([run.vars.one.sub_run_id, run.vars.two.sub_run_id], run),
      again: (run) => {
        run.vars.first = run.vars.won;
        const left = run.vars.won.sub_run_id === run.vars.one.sub_run_id ? "two" : "one";
        return waitAny({ children: [run.vars[left].sub_run_id], resultKey: "won", next: "last" });
      },
      last: (run) => complete([run.vars.first ?? null, run.vars.won]),
    },
  });

const starting = (name: string, resultKey: string, next: string): Plan =>
  startSubworkflow({ workflow: child, vars: { name }, async: true, resultKey, next }) as Plan;

const forBoth = parent(
  (children) => waitAny({ children, resultKey: "won", next: "again" }) as Plan,
);

async function waitIdOf(world: World, runId = "run"): Promise<string> {
  const run = await world.state(runId);
  if (run.waiting === null) throw new Error(`${runId} does not wait`);
  return run.waiting.waitId;
}

/** Why a run failed by its built-in effect. */
async function causeOf(world: World, runId: string): Promise<unknown> {
  const run = await world.state(runId);
  expect(run).toMatchObject({ status: "failed", error: { code: "effect_failed" } });
  expect(await world.kinds(runId)).not.toContain("waiting");
  return run.error?.details?.["cause"];
}

describe("waitAny", () => {
  it("is one wait, which all of its parts find", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(stopOrPaid, { id: "run" });
    expect(world.store.writesOf("run")).toBe(1);
    expect(await world.state("run")).toMatchObject({
      status: "waiting",
      waiting: { reason: "user", prompt: "Stop?", waitKey: "ask", choices: ["yes", "no"] },
    });
    for (const waitKey of ["ask", "paid", "refunded"]) {
      const { items } = await runtime.listRuns({ waitKey, waitReason: "user" });
      expect(items.map(({ runId }) => runId)).toEqual(["run"]);
    }
    expect((await runtime.listRuns({ waitKey: "other" })).items).toEqual([]);
  });

  it("goes on with an event, in one commit, and is then over for everybody else", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(stopOrPaid, { id: "run" });
    const waitId = await waitIdOf(world);
    await runtime.emitEvent("refunded", { cents: 5 });
    expect(await world.state("run")).toMatchObject({
      status: "completed",
      output: { won: "event", key: "refunded", payload: { cents: 5 } },
    });
    expect(world.store.writesOf("run")).toBe(2);
    expect(await codeOf(runtime.resume("run", "yes", { waitId }))).toBe("run_not_waiting");
    expect(await runtime.emitEvent("paid")).toEqual({ deliveredTo: [], kept: true });
  });

  it("goes on with the person's answer, by wait id, by its key, or by an event under it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (const id of ["by-id", "by-key", "by-event"]) await runtime.start(stopOrPaid, { id });
    await runtime.resume("by-id", "yes", { waitId: await waitIdOf(world, "by-id") });
    await runtime.resume("by-key", { choice: "no" }, { waitKey: "ask" });
    await runtime.emitEvent("ask", "yes");
    const outputs = await Promise.all(
      ["by-id", "by-key", "by-event"].map(async (id) => (await world.state(id)).output),
    );
    expect(outputs).toEqual([
      { won: "user", answer: "yes" },
      { won: "user", answer: { choice: "no" } },
      { won: "user", answer: "yes" },
    ]);
  });

  it("ends by time, at the time's own node where it has one", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(stopOrPaid, { id: "run" });
    const toLate = first(() =>
      waitAny({ events: ["e"], afterMs: 50, timeoutNode: "late", resultKey: "won", next: "last" }),
    );
    const other = { ...toLate, id: "other" };
    await runtime.start(other, { id: "late" });
    await world.clock.advance(50);
    expect(await runtime.tick("late")).toMatchObject({
      output: { late: { won: "time", until: "2026-01-01T00:00:00.050Z" } },
    });
    await world.clock.advance(59_949);
    expect((await runtime.tick("run")).status).toBe("waiting");
    await world.clock.advance(1);
    expect(await runtime.tick("run")).toMatchObject({
      output: { won: "time", until: "2026-01-01T00:01:00.000Z" },
    });
  });

  it("is over at once when its time has passed", async () => {
    const world = newWorld();
    const until = "2025-01-01T00:00:00Z";
    const passed = first(() =>
      waitAny({ events: ["e"], until, timeoutNode: "late", resultKey: "won", next: "last" }),
    );
    const run = await world.runtime().start(passed);
    expect(await run.state()).toMatchObject({
      status: "completed",
      output: { late: { won: "time", until } },
    });
  });

  it("takes an event that was kept before it began", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.emitEvent("paid", "early");
    const run = await runtime.start(stopOrPaid);
    expect(await run.result()).toEqual({ won: "event", key: "paid", payload: "early" });
  });

  it("accepts one of many that come at the same time", async () => {
    const world = newWorld();
    const runtimes = [world.runtime(), world.runtime({ workflows: [stopOrPaid] }), world.runtime()];
    await runtimes[0]?.start(stopOrPaid, { id: "run" });
    const waitId = await waitIdOf(world);
    const arrivals = runtimes.flatMap((runtime, index) => [
      runtime.resume("run", "yes", { waitId, by: `${index}` }),
      runtime.emitEvent("paid", index),
      runtime.resume("run", "no", { waitKey: "ask", by: `${index}` }),
    ]);
    await Promise.allSettled(arrivals);
    await runtimes[0]?.tick("run").catch(() => {});
    expect((await world.state("run")).status).toBe("completed");
    const answered = (await world.kinds("run")).filter((kind) => kind === "answered");
    expect(answered).toHaveLength(1);
  });
});

describe("the person's part of waitAny", () => {
  it("is refused at the door when it is no choice, does not match the schema, or is for another part", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(stopOrPaid, { id: "run" });
    const waitId = await waitIdOf(world);
    const before = await world.store.load("run");
    expect(await codeOf(runtime.resume("run", "maybe", { waitId }))).toBe("invalid_answer");
    expect(await codeOf(runtime.resume("run", "yes", { waitKey: "paid" }))).toBe("invalid_answer");
    expect(await codeOf(runtime.resume("run", "yes", { waitKey: "x" }))).toBe("wait_key_mismatch");
    expect(await codeOf(runtime.resume("run", "yes", { waitId: "x" }))).toBe("wait_id_mismatch");
    expect(await world.store.load("run")).toEqual(before);
  });

  it.each<[string, () => Plan<"last", never>]>([
    ["events", () => waitAny({ events: ["paid"], next: "last" })],
    ["a time", () => waitAny({ afterMs: 60_000, next: "last" })],
  ])("is refused where there is none: %s", async (_what, plan) => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(first(plan as () => Plan), { id: "run" });
    const before = await world.store.load("run");
    const waitId = await waitIdOf(world);
    expect(await codeOf(runtime.resume("run", "yes", { waitId }))).toBe("invalid_answer");
    expect(await world.store.load("run")).toEqual(before);
  });

  it("alone is subject to the workflow's schema for answers", async () => {
    const world = newWorld();
    const checked: unknown[] = [];
    const counts = first(
      () =>
        waitAny({
          events: ["paid"],
          user: { prompt: "How many?", key: "ask" },
          resultKey: "won",
          next: "last",
        }) as Plan,
      {
        first: z.preprocess(
          (value) => (checked.push(value), value),
          z.object({ n: z.coerce.number() }),
        ),
      },
    );
    const runtime = world.runtime();
    await runtime.start(counts, { id: "run" });
    await runtime.start(counts, { id: "two" });
    const waitId = await waitIdOf(world);
    expect(await codeOf(runtime.resume("run", { n: "many" }, { waitId }))).toBe("schema_mismatch");
    await runtime.emitEvent("ask", { n: "many" }, { runId: "run" });
    expect((await world.state("run")).status).toBe("waiting");
    await runtime.resume("run", { n: "3" }, { waitId });
    expect(await world.state("run")).toMatchObject({ output: { won: "user", answer: { n: 3 } } });
    await runtime.emitEvent("paid", "no number", { runId: "two" });
    expect(await world.state("two")).toMatchObject({
      output: { won: "event", key: "paid", payload: "no number" },
    });
    expect(checked).not.toContain("no number");
  });
});

describe("children in waitAny", () => {
  it("win by their end, and the others go on until they are waited for again", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    await runtime.start(forBoth, { id: "run" });
    await world.settle();
    const { waiting, vars } = await world.state("run");
    expect(waiting).toMatchObject({ reason: "subworkflow" });
    await runtime.emitEvent("child:b", "done");
    const two = (vars["two"] as { sub_run_id: string }).sub_run_id;
    const wonByTwo = { won: "child", sub_run_id: two, status: "completed", output: "done" };
    await world.settle();
    expect(await world.state("run")).toMatchObject({
      status: "waiting",
      currentNode: "again",
      vars: { first: { ...wonByTwo, error: null } },
    });
    await runtime.emitEvent("child:a", "too");
    await world.settle();
    expect(await world.state("run")).toMatchObject({
      status: "completed",
      output: [wonByTwo, { won: "child", status: "completed", output: "too" }],
    });
  });

  it("win also when they fail or are cancelled, which does not fail the run", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    await runtime.start(forBoth, { id: "run" });
    await world.settle();
    const { one } = (await world.state("run")).vars as { one: { sub_run_id: string } };
    await runtime.emitEvent("child:b", "fail");
    await world.settle();
    await runtime.cancelRun(one.sub_run_id, "enough");
    await world.settle();
    await runtime.tick("run").catch(() => {});
    expect(await world.state("run")).toMatchObject({
      status: "completed",
      output: [
        { won: "child", status: "failed", output: null, error: { message: "as told" } },
        { won: "child", status: "cancelled", output: null, error: { message: "enough" } },
      ],
    });
  });

  it("win when they ended before the wait began", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    await runtime.emitEvent("child:a", "at once");
    const slow = parent((children, run) => {
      if (run.vars.asked === undefined) {
        run.vars.asked = true;
        return waitEvent({ key: "go", next: "wait" }) as Plan;
      }
      return waitAny({ children, resultKey: "won", next: "again" }) as Plan;
    });
    await runtime.start(slow, { id: "run" });
    await world.settle();
    expect(await world.state("run")).toMatchObject({ status: "waiting", currentNode: "wait" });
    await runtime.emitEvent("go");
    await world.settle();
    expect(await world.state("run")).toMatchObject({
      currentNode: "again",
      vars: { first: { won: "child", output: "at once" } },
    });
  });

  it("do not overtake what was accepted before, where only others can read it", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const asks = parent(
      (children) =>
        waitAny({ children, user: { prompt: "?" }, resultKey: "won", next: "last" }) as Plan,
    );
    await runtime.start(asks, { id: "run" });
    await world.settle();
    const nurse = world.runtime({ workflows: [child] });
    await nurse.resume("run", "first", { waitId: await waitIdOf(world) });
    await nurse.emitEvent("child:a", "second");
    await world.settle();
    expect((await world.state("run")).status).toBe("waiting");
    await runtime.tick("run");
    expect(await world.state("run")).toMatchObject({
      output: [null, { won: "user", answer: "first" }],
    });
  });

  it("win when they were purged before their end was read", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    await runtime.emitEvent("child:a", "at once");
    const slow = parent((children, run) => {
      run.vars.asked = (run.vars.asked ?? 0) + 1;
      return run.vars.asked === 1
        ? (waitEvent({ key: "go", next: "wait" }) as Plan)
        : (waitAny({ children, resultKey: "won", next: "again" }) as Plan);
    });
    await runtime.start(slow, { id: "run" });
    await world.settle();
    await world.clock.advance(1_000);
    const purged = await world.store.purge({ endedBefore: "2026-01-01T00:00:01.000Z" });
    expect(purged).toMatchObject({ runIds: [expect.any(String)] });
    await runtime.emitEvent("go");
    await world.settle();
    expect(await world.state("run")).toMatchObject({
      vars: { first: { won: "child", output: "at once" } },
    });
  });

  it.each<[string, number]>([
    ["sleeps through their timers", 0],
    ["finds them due", 10_000],
  ])("are driven by whoever runs their parent: it %s", async (_what, laterMs) => {
    const world = newWorld();
    const sleeper = defineWorkflow<string>({
      id: "child",
      entry: "wait",
      nodes: {
        wait: (run) => waitUntil({ afterMs: run.vars.name === "a" ? 5_000 : 8_000, next: "end" }),
        end: (run) => complete(run.vars.name),
      },
    });
    const before = world.runtime({ workflows: [sleeper] });
    await before.start(forBoth, { id: "run" });
    await before.close();
    await world.clock.advance(laterMs);
    const runtime = world.runtime({ workflows: [sleeper, forBoth] });
    const end = runtime.run("run");
    await world.clock.runUntilIdle();
    expect(await end).toMatchObject({
      status: "completed",
      output: [
        { won: "child", output: "a" },
        { won: "child", output: "b" },
      ],
    });
  });

  it("lose without being cancelled", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const race = parent(
      (children) => waitAny({ children, events: ["go"], resultKey: "won", next: "last" }) as Plan,
    );
    await runtime.start(race, { id: "run" });
    await world.settle();
    await runtime.emitEvent("go");
    await world.settle();
    expect((await world.state("run")).status).toBe("completed");
    const { items } = await runtime.listRuns({ parentRunId: "run" });
    expect(items.map(({ status }) => status)).toEqual(["waiting", "waiting"]);
  });

  it.each<[string, (run: NodeRun<Vars>) => readonly string[], string, RegExp]>([
    ["a run that is not there", () => ["nobody"], "run_not_found", /there is no run nobody/],
    ["an id that is none", () => ["../x"], "invalid_id", /"\.\.\/x" is no id/],
    [
      "another run's child",
      () => ["stranger"],
      "invalid_argument",
      /stranger was not started by this run/,
    ],
    ["itself", () => ["run"], "invalid_argument", /run was not started by this run/],
    [
      "a child that it waited for",
      (run) => [run.vars.awaited.sub_run_id],
      "invalid_argument",
      /was not started by this run with async: true/,
    ],
    [
      "a child whose end it was told of",
      (run) => [run.vars.one.sub_run_id],
      "invalid_argument",
      /has ended, and this run was told so/,
    ],
  ])("are refused: %s", async (_what, childrenOf, code, message) => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    for (const name of ["a", "b"]) await runtime.emitEvent(`child:${name}`, name);
    await runtime.start(child, { id: "stranger", vars: { name: "nobody" } });
    const workflow = defineWorkflow<string>({
      id: "w",
      entry: "sync",
      nodes: {
        sync: () =>
          startSubworkflow({
            workflow: child,
            vars: { name: "a" },
            resultKey: "awaited",
            next: "one",
          }),
        one: () => starting("b", "one", "told"),
        told: (run) => waitEvent({ key: `subworkflow:${run.vars.one.sub_run_id}`, next: "wait" }),
        wait: (run) => waitAny({ children: childrenOf(run), events: ["e"], next: "last" }),
        last: () => complete(null),
      },
    });
    await runtime.start(workflow, { id: "run" });
    await world.settle();
    await runtime.tick("run").catch(() => {});
    const run = await world.state("run");
    expect(run).toMatchObject({ status: "failed", error: { details: { cause: { code } } } });
    expect(run.error?.message).toMatch(message);
    expect(run.vars).toHaveProperty("one");
  });
});

describe("a bad waitAny", () => {
  it("begins no wait, and fails the run with the reason", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(
      first(() => waitAny({ events: [], next: "last" })),
      { id: "run" },
    );
    expect(await causeOf(world, "run")).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("nothing to wait for"),
    });
  });
});
