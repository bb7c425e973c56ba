import {
  askUser,
  complete,
  defineWorkflow,
  goto,
  waitEvent,
  waitUntil,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../../core/test/world.ts";
import { claimedBy } from "../support/claimed-by.ts";

/** A workflow that waits as it is told, and completes with what ended the wait. */
const waiting = (wait: () => Plan<"end", never>): Workflow =>
  defineWorkflow({
    id: "waits",
    entry: "wait",
    nodes: { wait, end: (run) => complete(run.vars.r ?? null) },
  });

const asks = (options: { choices?: string[]; allowFreeText?: boolean } = {}): Workflow =>
  waiting(() => askUser({ prompt: "?", resultKey: "r", next: "end", ...options }));

const waitIdOf = async (world: World, runId: string): Promise<string> => {
  const { waiting: wait } = await world.state(runId);
  if (wait === null) throw new Error(`${runId} does not wait`);
  return wait.waitId;
};

describe("waits", () => {
  it("0.2.0 D04: a cancel is in the ledger, with who did it and why", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const { runId } = await runtime.start(asks());
    await runtime.cancelRun(runId, "too slow", { by: "ar_boss" });
    expect((await runtime.getLedger(runId)).at(-1)).toMatchObject({
      kind: "cancelled",
      reason: "too slow",
      by: "ar_boss",
    });
  });

  it("0.2.0 D13: an event that comes before the wait is kept for it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    expect(await runtime.emitEvent("paid", { amount: 3 })).toEqual({ deliveredTo: [], kept: true });
    const workflow = waiting(() => waitEvent({ key: "paid", resultKey: "r", next: "end" }));
    const run = await runtime.start(workflow);
    expect(await run.result()).toEqual({ amount: 3 });
  });

  it("0.2.0 D13: an event for a run that does not wait yet is kept in its inbox", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const workflow = waiting(() => waitEvent({ key: "paid", resultKey: "r", next: "end" }));
    const run = await runtime.start(workflow, { drive: false });
    await runtime.emitEvent("paid", 7, { runId: run.runId, drive: false });
    expect(await run.tick()).toMatchObject({ status: "completed", output: 7 });
  });

  it.each<[string, string, boolean]>([
    ["an hour from now, written west of Greenwich", "2026-01-01T00:00:00-01:00", false],
    ["an hour ago, written east of Greenwich", "2026-01-01T08:00:00+09:00", true],
    ["now, with Z", "2026-01-01T00:00:00Z", true],
    ["now, without seconds", "2026-01-01T00:00+00:00", true],
    ["a microsecond from now", "2026-01-01T00:00:00.000001Z", false],
    ["a millisecond ago, as Python writes it", "2025-12-31T23:59:59.999000+00:00", true],
  ])("0.2.0 D25: %s is due when its instant is", async (_, until, isDue) => {
    const run = await newWorld()
      .runtime()
      .start(waiting(() => waitUntil({ until, next: "end" })));
    expect((await run.state()).status).toBe(isDue ? "completed" : "waiting");
  });

  it.each(["tomorrow", "9 Nov 2001", "2999", "12/25/2999", "2026-02-30T00:00:00Z", "1700000000"])(
    "0.2.0 D25: %s is no instant, and is refused",
    async (until) => {
      const run = await newWorld()
        .runtime()
        .start(waiting(() => waitUntil({ until, next: "end" })));
      const { status, error } = await run.state();
      expect(status).toBe("failed");
      expect(error?.message).toContain("payload.until must be an instant");
    },
  );

  it("0.2.0 D25: timers of several zones are due in order of their instants", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const untils = [
      "2026-01-01T09:30:00+09:00",
      "2025-12-31T20:00:00-05:00",
      "2026-01-01T00:45:00Z",
    ];
    for (const until of untils)
      await runtime.start(
        waiting(() => waitUntil({ until, next: "end" })),
        { id: until.slice(11, 13) },
      );
    await world.clock.advanceTo("2026-01-01T01:00:00Z");
    expect(await claimedBy("worker", world.store)).toEqual(["09", "00", "20"]);
  });

  it("0.2.0 D26: a timer that was due and one that was waited for give the same", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const at = (until: string) => waiting(() => waitUntil({ until, resultKey: "r", next: "end" }));
    const early = await runtime.start(at("2025-01-01T00:00:00Z"));
    const late = await runtime.start(at("2026-01-01T00:01:00Z"));
    await world.clock.advance(60_000);
    await late.tick();
    expect(await early.result()).toEqual({ until: "2025-01-01T00:00:00Z", ready: true });
    expect(await late.result()).toEqual({ until: "2026-01-01T00:01:00Z", ready: true });
    expect((await late.ledger()).find(({ kind }) => kind === "timed_out")).toMatchObject({
      startedAt: "2026-01-01T00:01:00.000Z",
    });
  });

  it("0.2.0 D27: the injected clock is the only clock", async () => {
    const world = newWorld();
    let seen = "";
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: {
        a: (_run, context) => {
          seen = context.nowIso();
          return waitUntil({ afterMs: 1_000, next: "b" });
        },
        b: () => complete(null),
      },
    });
    const run = await world.runtime().start(workflow);
    expect(seen).toBe("2026-01-01T00:00:00.000Z");
    expect(await run.state()).toMatchObject({
      createdAt: "2026-01-01T00:00:00.000Z",
      waiting: { until: "2026-01-01T00:00:01.000Z" },
    });
    await world.clock.advance(999);
    expect(await run.tick()).toMatchObject({ status: "waiting" });
    await world.clock.advance(1);
    expect(await run.tick()).toMatchObject({
      status: "completed",
      updatedAt: "2026-01-01T00:00:01.000Z",
    });
  });

  it("0.2.0 D28: an answer must say which wait it is for", async () => {
    const world = newWorld();
    const run = await world.runtime().start(asks());
    expect(await codeOf(run.resume("yes", {}))).toBe("invalid_argument");
    expect(await run.state()).toMatchObject({ status: "waiting" });
  });

  it("0.2.0 D28: a timer takes no key", async () => {
    const run = await newWorld()
      .runtime()
      .start(waiting(() => waitUntil({ afterMs: 1_000, next: "end" })));
    expect(await codeOf(run.resume("now!", { waitKey: "anything" }))).toBe("wait_key_mismatch");
    expect(await run.state()).toMatchObject({ status: "waiting" });
  });

  it("0.2.0 D28: a double click answers one question, though the next has the same key", async () => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "w",
      entry: "ask",
      nodes: {
        ask: () => askUser({ prompt: "?", resultKey: "said", next: "note" }),
        note: (run) => {
          run.vars.all = [...(run.vars.all ?? []), run.vars.said];
          return run.vars.all.length < 2 ? goto("ask") : complete(run.vars.all);
        },
      },
    });
    const run = await world.runtime().start(workflow);
    const [first, { waiting: before }] = [await waitIdOf(world, run.runId), await run.state()];
    await run.resume("one", { waitId: first });
    expect(await codeOf(run.resume("one", { waitId: first }))).toBe("wait_id_mismatch");
    const { waiting: after } = await run.state();
    expect(after?.waitKey).toBe(before?.waitKey);
    expect(after?.waitId).not.toBe(first);
    await run.resume("two", { waitId: after?.waitId });
    expect(await run.result()).toEqual(["one", "two"]);
  });

  it("0.2.0 D28: an answer outside the choices is refused, and the wait stays", async () => {
    const world = newWorld();
    const run = await world.runtime().start(asks({ choices: ["yes", "no"], allowFreeText: false }));
    const waitId = await waitIdOf(world, run.runId);
    for (const answer of ["maybe", { text: "maybe" }, null, 1])
      expect(await codeOf(run.resume(answer, { waitId }))).toBe("invalid_answer");
    await run.resume({ text: "no" }, { waitId });
    expect(await run.result()).toEqual({ text: "no" });
  });

  it("0.2.0 D29: the ledger has the answer, who gave it and when, and closes the step", async () => {
    const world = newWorld();
    const run = await world.runtime().start(asks());
    const waitId = await waitIdOf(world, run.runId);
    await world.clock.advance(5_000);
    await run.resume({ text: "yes" }, { waitId, by: "ar_ada" });
    const records = await run.ledger();
    const wait = records.find(({ kind }) => kind === "waiting");
    expect(records.find(({ kind }) => kind === "answered")).toMatchObject({
      stepId: wait !== undefined && "stepId" in wait ? wait.stepId : "none",
      waitId,
      by: "ar_ada",
      result: { text: "yes" },
      startedAt: "2026-01-01T00:00:05.000Z",
    });
  });

  it("0.2.0 D29: a failed run has a last record that says why", async () => {
    const run = await newWorld()
      .runtime()
      .start(waiting(() => ({ effect: { type: "nobody performs this" }, nextNode: "end" })));
    expect((await run.ledger()).at(-1)).toMatchObject({
      kind: "ended",
      status: "failed",
      error: { code: "effect_failed", nodeId: "wait" },
    });
  });

  it("0.2.0 D30: a wait that leads nowhere is refused before anybody is asked", async () => {
    const plan = { effect: { type: "ask_user", payload: { prompt: "?" } } };
    const run = await newWorld()
      .runtime()
      .start(waiting(() => plan));
    expect(await run.state()).toMatchObject({ status: "failed", error: { code: "invalid_plan" } });
    expect((await run.ledger()).map(({ kind }) => kind)).toEqual(["created", "ended"]);
  });

  it("0.2.0 D30: an answer that no key receives is still in the ledger", async () => {
    const world = newWorld();
    const run = await world.runtime().start(waiting(() => askUser({ prompt: "?", next: "end" })));
    await run.resume("kept", { waitId: await waitIdOf(world, run.runId) });
    expect(await run.ledger()).toContainEqual(
      expect.objectContaining({ kind: "answered", result: "kept" }),
    );
  });
});
