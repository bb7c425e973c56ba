import { describe, expect, it } from "vitest";
import { z } from "zod";
import { codeOf, handHeld, newWorld, type World } from "../../test/world.ts";
import { askUser, startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { defineEffect } from "../effect/define-effect.ts";
import { waitFor } from "../effect/wait-request.ts";
import { complete } from "../step/plan-helpers.ts";
import type { Plan } from "../step/plan.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";

const after = (plan: () => Plan, answers = {}): Workflow =>
  defineWorkflow<string>({
    id: "w",
    entry: "first",
    nodes: {
      first: plan,
      last: (run) => complete(run.vars.said ?? null),
      late: (run) => complete({ late: run.vars.said }),
    },
    answers,
  });

const asks = after(() => askUser({ prompt: "?", resultKey: "said", next: "last" }));

async function waitIdOf(world: World, runId = "run"): Promise<string> {
  const run = await world.state(runId);
  if (run.waiting === null) throw new Error(`${runId} does not wait`);
  return run.waiting.waitId;
}

describe("Runtime.resume", () => {
  it("answers by wait id and goes on driving, in one commit", async () => {
    const world = newWorld();
    const run = await world.runtime().start(asks, { id: "run" });
    const before = world.store.writesOf("run");
    const state = await run.resume({ text: "yes" }, { waitId: await waitIdOf(world), by: "ann" });
    expect(state).toMatchObject({ status: "completed", output: { text: "yes" } });
    expect(world.store.writesOf("run")).toBe(before + 1);
    expect(await world.store.records("run")).toContainEqual(
      expect.objectContaining({ kind: "answered", by: "ann" }),
    );
    await world.state("run");
  });

  it("answers by wait key", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(
      after(() => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" })),
      { id: "run" },
    );
    expect(await runtime.resume("run", undefined, { waitKey: "k" })).toMatchObject({
      status: "completed",
      output: null,
    });
  });

  it("leaves the run due when it does not drive, and stops at a step budget", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    const state = await runtime.resume("run", "yes", {
      waitId: await waitIdOf(world),
      drive: false,
    });
    expect(state).toMatchObject({ status: "running", currentNode: "last", vars: { said: "yes" } });
    expect(await runtime.tick("run")).toMatchObject({ status: "completed" });
    await runtime.start(asks, { id: "two" });
    const two = await runtime.resume("two", "yes", {
      waitId: await waitIdOf(world, "two"),
      maxSteps: 0,
    });
    expect(two.status).toBe("running");
  });

  it("accepts an answer exactly once", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    const waitId = await waitIdOf(world);
    const answers = ["a", "b", "c"];
    const results = await Promise.allSettled(
      answers.map((answer) => runtime.resume("run", answer, { waitId })),
    );
    const accepted = answers.filter((_answer, index) => results[index]?.status === "fulfilled");
    expect(accepted).toHaveLength(1);
    expect(await world.state("run")).toMatchObject({ status: "completed", output: accepted[0] });
    const answered = (await world.kinds("run")).filter((kind) => kind === "answered");
    expect(answered).toHaveLength(1);
    expect(await codeOf(runtime.resume("run", "d", { waitId }))).toBe("run_not_waiting");
  });

  it("counts a call that is repeated under its message id once", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const twice = defineWorkflow<string>({
      id: "twice",
      entry: "a",
      nodes: {
        a: () => askUser({ prompt: "1", key: "k", resultKey: "a", next: "b" }),
        b: () => askUser({ prompt: "2", key: "k", resultKey: "b", next: "last" }),
        last: (run) => complete([run.vars.a, run.vars.b]),
      },
    });
    await runtime.start(twice, { id: "run" });
    const waitId = await waitIdOf(world);
    await runtime.resume("run", "one", { waitId, messageId: "m" });
    expect(await codeOf(runtime.resume("run", "one", { waitId, messageId: "m" }))).toBe(
      "wait_id_mismatch",
    );
    expect(await world.state("run")).toMatchObject({ status: "waiting", currentNode: "b" });
  });

  it("enforces choices at the door", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const choices = {
      prompt: "?",
      choices: ["yes", "no"],
      allowFreeText: false,
      resultKey: "said",
    };
    await runtime.start(
      after(() => askUser({ ...choices, next: "last" })),
      { id: "run" },
    );
    const waitId = await waitIdOf(world);
    const before = await world.state("run");
    expect(await codeOf(runtime.resume("run", "maybe", { waitId }))).toBe("invalid_answer");
    expect(await world.state("run")).toEqual(before);
    expect(await runtime.resume("run", { choice: "no" }, { waitId })).toMatchObject({
      status: "completed",
    });
  });

  it("checks answers by the workflow's schema, and stores what it makes of them", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const counts = after(() => askUser({ prompt: "How many?", resultKey: "said", next: "last" }), {
      first: z.object({ n: z.coerce.number() }),
    });
    await runtime.start(counts, { id: "run" });
    const waitId = await waitIdOf(world);
    expect(await codeOf(runtime.resume("run", { n: "many" }, { waitId }))).toBe("schema_mismatch");
    expect(await runtime.resume("run", { n: "3", x: 1 }, { waitId })).toMatchObject({
      output: { n: 3 },
    });
  });

  it("leaves it to the driver to refuse an answer by schema, where the caller does not have it", async () => {
    const world = newWorld();
    const counts = after(() => askUser({ prompt: "How many?", resultKey: "said", next: "last" }), {
      first: z.number(),
    });
    const driver = world.runtime();
    await driver.start(counts, { id: "run" });
    const stranger = world.runtime();
    const waitId = await waitIdOf(world);
    await stranger.resume("run", "many", { waitId });
    expect((await world.state("run")).status).toBe("waiting");
    await driver.tick("run");
    expect(await world.state("run")).toMatchObject({ status: "waiting", waiting: { waitId } });
    expect((await world.kinds("run")).at(-1)).toBe("refused");
    await stranger.resume("run", 3, { waitId });
    expect(await driver.tick("run")).toMatchObject({ status: "completed", output: 3 });
    await world.state("run");
  });

  it("refuses an event too that the schema refuses, and keeps waiting", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const counts = after(() => waitEvent({ key: "k", resultKey: "said", next: "last" }), {
      first: z.number(),
    });
    await runtime.start(counts, { id: "run" });
    await runtime.emitEvent("k", "many");
    expect(await world.state("run")).toMatchObject({ status: "waiting" });
    await runtime.emitEvent("k", 3);
    expect(await world.state("run")).toMatchObject({ status: "completed", output: 3 });
  });

  it.each<[string, object, unknown, string]>([
    ["an answer that names nothing", {}, 1, "invalid_argument"],
    ["another wait's id", { waitId: "other" }, 1, "wait_id_mismatch"],
    ["another key", { waitKey: "other" }, 1, "wait_key_mismatch"],
    ["what is not JSON", { waitKey: "user:run:first" }, new Date(0), "invalid_json_value"],
  ])("refuses %s, and changes nothing", async (_what, options, answer, code) => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    const before = await world.store.load("run");
    expect(await codeOf(runtime.resume("run", answer, options))).toBe(code);
    expect(await world.store.load("run")).toEqual(before);
  });

  it("does not answer timers by key, nor children, nor runs that do not wait", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [defineWorkflow({ ...childDefinition })] });
    await runtime.start(
      after(() => waitUntil({ afterMs: 1_000, next: "last" })),
      { id: "timer" },
    );
    expect(await codeOf(runtime.resume("timer", 1, { waitKey: "k" }))).toBe("wait_key_mismatch");
    const parent = defineWorkflow<string>({
      id: "parent",
      entry: "first",
      nodes: {
        first: () => startSubworkflow({ workflow: "child", next: "last" }),
        last: () => complete(1),
      },
    });
    await runtime.start(parent, { id: "parent" });
    const waitId = await waitIdOf(world, "parent");
    expect(await codeOf(runtime.resume("parent", 1, { waitId }))).toBe("invalid_answer");
    expect(await codeOf(runtime.resume("nobody", 1, { waitId }))).toBe("run_not_found");
  });

  it("may cut a timer short by its wait id", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(
      after(() => waitUntil({ afterMs: 1_000, resultKey: "said", next: "last" })),
      { id: "run" },
    );
    expect(await runtime.resume("run", "now", { waitId: await waitIdOf(world) })).toMatchObject({
      output: "now",
    });
  });
});

const childDefinition = {
  id: "child",
  entry: "first",
  nodes: { first: () => waitEvent({ key: "never", next: "first" }) },
} as const;

describe("an effect that waits", () => {
  it("goes on with the answer to the wait id that it was given", async () => {
    const world = newWorld();
    const given: string[] = [];
    const job = defineEffect({
      type: "job",
      replay: "safe",
      perform: (_payload, { waitId }) => {
        given.push(waitId);
        return waitFor({ details: { handedTo: "somebody" } });
      },
    });
    const runtime = world.runtime({ effects: [job] });
    const { runId } = await runtime.start(
      after(() => job({}, { next: "last", resultKey: "said" })),
    );
    expect(await world.state(runId)).toMatchObject({
      waiting: { reason: "job", waitId: given[0] },
    });
    expect(await runtime.resume(runId, "done", { waitId: given[0] })).toMatchObject({
      output: "done",
    });
  });

  it("takes an answer that came before its wait was stored", async () => {
    const world = newWorld();
    const job = handHeld({ type: "job" });
    const runtime = world.runtime({ effects: [job] });
    const workflow = after(() => ({
      effect: { type: "job", resultKey: "said" },
      nextNode: "last",
    }));
    const driving = runtime.start(workflow, { id: "run" });
    await world.settle();
    await runtime.resume("run", "early", { waitId: job.calls[0]!.context.waitId });
    job.calls[0]?.resolve(waitFor());
    await driving;
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "early" });
  });
});

describe("a wait with a timeout", () => {
  const patient = after(() =>
    askUser({
      prompt: "?",
      resultKey: "said",
      next: "last",
      timeoutMs: 1_000,
      timeoutNode: "late",
    }),
  );

  it("gives up at its time, and goes to its own node", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(patient, { id: "run" });
    await world.clock.advance(999);
    expect((await runtime.tick("run")).status).toBe("waiting");
    await world.clock.advance(1);
    expect(await runtime.tick("run")).toMatchObject({ output: { late: { timed_out: true } } });
  });

  it("goes to `next` where it has no node of its own", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(
      after(() => waitEvent({ key: "k", resultKey: "said", next: "last", timeoutMs: 5 })),
      { id: "run" },
    );
    await world.clock.advance(5);
    expect(await runtime.tick("run")).toMatchObject({ output: { timed_out: true } });
  });

  it("loses against an answer that was accepted before it was committed", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(patient, { id: "run" });
    const waitId = await waitIdOf(world);
    await world.clock.advance(1_000);
    world.store.beforeCommit = async (change) => {
      if (change.records[0]?.kind !== "timed_out") return;
      const sentAt = "2026-01-01T00:00:01Z";
      await world.store.deliver("run", {
        kind: "answer",
        messageId: "m",
        by: null,
        sentAt,
        waitId,
        payload: "just in time",
      });
    };
    expect(await runtime.tick("run")).toMatchObject({
      status: "completed",
      output: "just in time",
    });
    await world.state("run");
  });
});
