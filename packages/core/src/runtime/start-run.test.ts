import { describe, expect, it } from "vitest";
import { z } from "zod";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { askUser } from "../builtin/plan-waits.ts";
import { complete, goto } from "../step/plan-helpers.ts";
import { ref } from "../step/ref.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const echo = defineWorkflow({
  id: "echo",
  entry: "first",
  nodes: { first: (run) => complete(run.vars.said ?? null) },
});

describe("Runtime.start", () => {
  it("drives the run to its end, in one write", async () => {
    const world = newWorld();
    const run = await world.runtime().start(echo, { vars: { said: "hi" } });
    expect(await run.result()).toBe("hi");
    expect(world.store.writesOf(run.runId)).toBe(1);
    expect(await world.state(run.runId)).toMatchObject({
      workflowVersion: "1",
      graphHash: echo.graphHash,
    });
  });

  it("gives the run default limits, and who acts", async () => {
    const world = newWorld();
    const runtime = world.runtime({ limits: { maxIterations: 3 } });
    const { runId } = await runtime.start(echo, {
      actorId: "ann",
      sessionId: "s",
      parentRunId: "p",
    });
    expect(await world.state(runId)).toMatchObject({
      actorId: "ann",
      sessionId: "s",
      parentRunId: "p",
      parent: null,
      vars: { _limits: { max_iterations: 3 } },
    });
  });

  it("leaves the run due for others when it does not drive", async () => {
    const world = newWorld();
    const { runId } = await world.runtime().start(echo, { drive: false });
    const { run, head } = (await world.store.load(runId))!;
    expect(run).toMatchObject({ status: "running", pending: null, currentNode: "first" });
    expect(head.leaseId).toBeNull();
    expect(Date.parse(head.wakeAt ?? "")).toBe(world.clock.now());
  });

  it("stops after its step budget, leaving the run due", async () => {
    const world = newWorld();
    const chain = defineWorkflow({
      id: "chain",
      entry: "a",
      nodes: { a: () => goto("b"), b: () => goto("c"), c: () => complete(1) },
    });
    const run = await world.runtime().start(chain, { maxSteps: 2 });
    expect(await world.state(run.runId)).toMatchObject({ status: "running", currentNode: "c" });
    await run.tick();
    expect(await run.result()).toBe(1);
  });

  it("gives handlers what the schema made of vars, and refuses what does not parse", async () => {
    const world = newWorld();
    const strict = defineWorkflow({
      id: "strict",
      entry: "first",
      vars: z.object({ n: z.number().default(7) }),
      output: z.object({ n: z.number() }),
      nodes: { first: (run) => complete({ n: run.vars.n }) },
    });
    const runtime = world.runtime();
    const run = await runtime.start(strict, { vars: {} });
    expect(await run.result()).toEqual({ n: 7 });
    // What untyped callers give.
    const bad = runtime.start(strict, { vars: { n: "one" as unknown as number } });
    await expect(bad).rejects.toMatchObject({
      code: "schema_mismatch",
      message: expect.stringContaining("vars.n"),
    });
    expect((await world.store.list()).items).toHaveLength(1);
  });

  it("keeps `_limits` that were given, also where the schema knows none", async () => {
    const world = newWorld();
    const strict = defineWorkflow({
      id: "strict",
      entry: "first",
      vars: z.object({ n: z.number() }),
      nodes: { first: () => complete(1) },
    });
    const vars = { _limits: { max_tokens: 9 } };
    const { runId } = await world.runtime().start(strict, { vars: { n: 1, ...vars } });
    expect((await world.state(runId)).vars).toEqual({ n: 1, ...vars });
    const other = await world.runtime().start(echo, { vars });
    expect((await other.state()).vars).toEqual(vars);
  });

  it("fails a run whose output does not match its schema", async () => {
    const world = newWorld();
    const strict = defineWorkflow({
      id: "strict",
      entry: "first",
      output: z.object({ n: z.number() }),
      nodes: { first: () => complete({ n: "one" as unknown as number }) },
    });
    const { runId } = await world.runtime().start(strict);
    expect(await world.state(runId)).toMatchObject({
      status: "failed",
      error: {
        code: "schema_mismatch",
        message: expect.stringContaining("output.n"),
        nodeId: "first",
      },
    });
  });

  it.each<[string, object, string]>([
    ["vars that are no object", { vars: [1] }, "invalid_json_value"],
    ["vars that are not JSON", { vars: { when: new Date(0) } }, "invalid_json_value"],
    ["an id that is no file name", { id: "../run" }, "invalid_id"],
    ["an actor that is no text", { actorId: 7 }, "invalid_argument"],
    ["a session that is too long", { sessionId: "s".repeat(1_001) }, "invalid_argument"],
    ["a parent with broken text", { parentRunId: "\ud800" }, "invalid_argument"],
  ])("refuses %s, and changes nothing", async (_what, options, code) => {
    const world = newWorld();
    expect(await codeOf(world.runtime().start(echo, options))).toBe(code);
    expect((await world.store.list()).items).toEqual([]);
  });

  it("does not begin when it was aborted before", async () => {
    const world = newWorld();
    const reason = new Error("too late");
    await expect(world.runtime().start(echo, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect((await world.store.list()).items).toEqual([]);
  });

  it("resolves refs for the effect's handler, and does not copy the values into the ledger", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const workflow = defineWorkflow({
      id: "refs",
      entry: "first",
      nodes: {
        first: () => ({
          effect: { type: "work", payload: { all: ref("context.messages"), none: ref("nothing") } },
          nextNode: "last",
        }),
        last: () => complete(1),
      },
    });
    const messages = [{ text: "a secret that is long" }];
    const driving = world
      .runtime({ effects: [work] })
      .start(workflow, { id: "run", vars: { context: { messages } } });
    await world.settle();
    expect(work.calls[0]?.payload).toEqual({ all: messages, none: null });
    work.calls[0]?.resolve(null);
    await driving;
    const [, ...texts] = await world.store.recordTexts("run");
    expect(texts.join("\n")).not.toContain("secret");
  });
});

describe("starting with an id that exists", () => {
  const asks = defineWorkflow({
    id: "asks",
    entry: "first",
    nodes: {
      first: () => askUser({ prompt: "?", resultKey: "said", next: "last" }),
      last: (run) => complete(run.vars.said),
    },
  });

  it("returns that run when workflow and vars are the same", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const first = await runtime.start(asks, { id: "run", vars: { a: 1 } });
    const again = await runtime.start(asks, { id: "run", vars: { a: 1 } });
    expect(again.runId).toBe(first.runId);
    expect(world.store.creates).toHaveLength(1);
    expect((await again.state()).status).toBe("waiting");
  });

  it("goes on with it where nobody does, unless told not to", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run", drive: false });
    await runtime.start(asks, { id: "run", drive: false });
    expect((await world.state("run")).status).toBe("running");
    await runtime.start(asks, { id: "run" });
    expect((await world.state("run")).status).toBe("waiting");
  });

  it("refuses another workflow or other vars", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run", vars: { a: 1 } });
    expect(await codeOf(runtime.start(asks, { id: "run", vars: { a: 2 } }))).toBe("run_exists");
    expect(await codeOf(runtime.start(echo, { id: "run", vars: { a: 1 } }))).toBe("run_exists");
  });

  it("lets two runtimes that start it at once have one run, performed once", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const workflow = defineWorkflow({
      id: "works",
      entry: "first",
      nodes: {
        first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "last" }),
        last: (run) => complete(run.vars.r),
      },
    });
    const [a, b] = [world.runtime({ effects: [work] }), world.runtime({ effects: [work] })];
    const both = Promise.all([a, b].map((runtime) => runtime.start(workflow, { id: "run" })));
    await world.settle();
    expect(work.calls).toHaveLength(1);
    work.calls[0]?.resolve("once");
    const handles = await both;
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(["once", "once"]);
    expect(await world.kinds("run")).toEqual(["created", "begun", "completed", "ended"]);
  });
});
