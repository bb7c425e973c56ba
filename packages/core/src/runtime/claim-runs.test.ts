import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { defineEffect } from "../effect/define-effect.ts";
import { EffectError } from "../effect/effect-error.ts";
import { complete } from "../step/plan-helpers.ts";
import { formatInstant } from "../time/instant.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const works = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "second" }),
    second: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "last" }),
    last: (run) => complete(run.vars.r),
  },
});
const other = defineWorkflow({ id: "other", entry: "a", nodes: { a: () => complete(1) } });
const sleeper = defineWorkflow({
  id: "sleeper",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 5_000, next: "end" }),
    end: () => complete("awake"),
  },
});
const parent = defineWorkflow({
  id: "parent",
  entry: "begin",
  nodes: {
    begin: () => startSubworkflow({ workflow: "sleeper", next: "end" }),
    end: () => complete("done"),
  },
});
const impatient = defineWorkflow({
  id: "impatient",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "key", timeoutMs: 60_000, next: "end", resultKey: "r" }),
    end: (run) => complete(run.vars.r),
  },
});

describe("Runtime.claimDue", () => {
  it("takes due runs of its own workflows, and says when to come again", async () => {
    const world = newWorld();
    const starter = world.runtime();
    await starter.start(other, { id: "foreign", drive: false });
    const runtime = world.runtime({ workflows: [works, sleeper] });
    await runtime.start(sleeper, { id: "asleep" });
    await runtime.start(works, { id: "due", drive: false });
    const { runs, nextInMs } = await runtime.claimDue({ limit: 10 });
    expect(runs.map(({ runId }) => runId)).toEqual(["due"]);
    expect(nextInMs).toBe(5_000);
    expect(runs[0]?.run.workflowId).toBe("works");
    expect(runs[0]?.claims).toBe(1);
    expect(await runtime.claimDue({ limit: 10 })).toMatchObject({ runs: [] });
  });

  it("takes no more than it is asked for, of those that are named", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [works, other] });
    for (const id of ["one", "two"]) await runtime.start(other, { id, drive: false });
    await runtime.start(works, { id: "three", drive: false });
    const named = await runtime.claimDue({ limit: 1, workflowIds: ["other"] });
    expect(named).toMatchObject({ nextInMs: 0 });
    expect(named.runs.map(({ runId }) => runId)).toEqual(["one"]);
    const certain = await runtime.claimDue({ limit: 5, runIds: ["three", "one"] });
    expect(certain.runs.map(({ runId }) => runId)).toEqual(["three"]);
  });

  it("refuses bad limits and workflows that it does not have", async () => {
    const runtime = newWorld().runtime();
    for (const limit of [0, 1_001, 1.5])
      expect(await codeOf(runtime.claimDue({ limit }))).toBe("invalid_argument");
    expect(await codeOf(runtime.claimDue({ limit: 1, workflowIds: ["none"] }))).toBe(
      "workflow_not_registered",
    );
    await runtime.close();
    expect(await codeOf(runtime.claimDue({ limit: 1 }))).toBe("runtime_closed");
  });
});

describe("DueRun", () => {
  it("drives one run; its child and then its parent are due for whoever claims them", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [parent, sleeper] });
    await runtime.start(parent, { id: "parent", drive: false });
    const driveAll = async (): Promise<readonly string[]> => {
      const { runs } = await runtime.claimDue({ limit: 10 });
      return Promise.all(runs.map(async (due) => (await due.drive()).workflowId));
    };
    expect(await driveAll()).toEqual(["parent"]);
    expect(await driveAll()).toEqual(["sleeper"]);
    expect(await driveAll()).toEqual([]);
    await world.clock.advance(5_000);
    expect(await driveAll()).toEqual(["sleeper"]);
    expect(await driveAll()).toEqual(["parent"]);
    expect((await world.state("parent")).output).toBe("done");
  });

  it("lets the effect under way end when it is to wind down, and begins no other", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ workflows: [works], effects: [work] });
    await runtime.start(works, { id: "run", drive: false });
    const { runs } = await runtime.claimDue({ limit: 1 });
    const drain = new AbortController();
    const driving = runs[0]?.drive({ drain: drain.signal });
    await world.settle();
    drain.abort();
    expect(work.calls[0]?.context.signal.aborted).toBe(false);
    work.calls[0]?.resolve("kept");
    await driving;
    expect(await world.state("run")).toMatchObject({ status: "running", vars: { r: "kept" } });
    expect(work.calls).toHaveLength(1);
    expect((await world.store.load("run"))?.head).toMatchObject({ leaseId: null, claims: 0 });
  });

  it("can be let go as it is, and put off", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [works] });
    await runtime.start(works, { id: "run", drive: false });
    const [due] = (await runtime.claimDue({ limit: 1 })).runs;
    await due?.release();
    expect((await world.store.load("run"))?.head.leaseId).toBeNull();
    await due?.defer(3_000);
    expect(await runtime.claimDue({ limit: 1 })).toEqual({ runs: [], nextInMs: 3_000 });
    await world.clock.advance(3_000);
    const again = (await runtime.claimDue({ limit: 1 })).runs[0];
    expect(again?.claims).toBe(1);
    await again?.defer(5_000); // without letting it go before
    expect(await runtime.claimDue({ limit: 1 })).toEqual({ runs: [], nextInMs: 5_000 });
  });

  it("does not end a wait before its time because this process's clock is ahead", async () => {
    const world = newWorld();
    const late = new Proxy(world.clock, {
      get(clock, name): unknown {
        if (name === "now") return () => clock.now() + 3_600_000;
        const member: unknown = Reflect.get(clock, name);
        return typeof member === "function" ? (member.bind(clock) as unknown) : member;
      },
    });
    await world.runtime().start(impatient, { id: "run" });
    const ahead = world.runtime({ workflows: [impatient], clock: late });
    const send = (key: string): Promise<unknown> =>
      world.store.deliver("run", {
        kind: "event",
        messageId: key,
        by: null,
        sentAt: formatInstant(world.clock.now()),
        key,
        payload: "in time",
      });
    await send("another-key");
    const [woken] = (await ahead.claimDue({ limit: 1 })).runs;
    expect((await woken?.drive())?.status).toBe("waiting");
    await send("key");
    const [answered] = (await ahead.claimDue({ limit: 1 })).runs;
    expect((await answered?.drive())?.output).toBe("in time");
  });
});

describe("DueRun.drive with leavesUnhandled", () => {
  const both = defineWorkflow({
    id: "both",
    entry: "first",
    nodes: {
      first: () => ({ effect: { type: "known", resultKey: "first" }, nextNode: "second" }),
      second: () => ({ effect: { type: "unknown", resultKey: "second" }, nextNode: "last" }),
      last: ({ vars }) => complete([vars.first, vars.second]),
    },
  });
  const known = defineEffect({ type: "known", replay: "never", perform: () => "known" });
  const unknown = defineEffect({ type: "unknown", replay: "never", perform: () => "unknown" });

  async function claimed() {
    const world = newWorld();
    const without = world.runtime({ workflows: [both], effects: [known] });
    await without.start(both, { id: "run", drive: false });
    const [due] = (await without.claimDue({ limit: 1 })).runs;
    if (due === undefined) throw new Error("nothing is due");
    return { world, due, without };
  }

  it("leaves an effect that it has no handler for to others, who say how it may be repeated", async () => {
    const { world, due } = await claimed();
    const error = await rejection(due.drive({ leavesUnhandled: true }));
    expect(error).toMatchObject({
      code: "effect_not_registered",
      details: { runId: "run", type: "unknown" },
    });
    expect(await world.state("run")).toMatchObject({
      status: "running",
      currentNode: "second",
      pending: null,
      vars: { first: "known" },
    });
    await due.defer(1_000);
    expect((await world.store.load("run"))?.head).toMatchObject({ leaseId: null, claims: 0 });
    const having = world.runtime({ workflows: [both], effects: [known, unknown] });
    expect((await having.claimDue({ limit: 1 })).runs).toEqual([]);
    await world.clock.advance(1_000);
    const [again] = (await having.claimDue({ limit: 1 })).runs;
    expect((await again?.drive())?.output).toEqual(["known", "unknown"]);
    const begun = (await world.store.records("run")).filter((record) => record.kind === "begun");
    expect(begun).toHaveLength(2); // each by a commit of its own, as "never" asks for
  });

  it("leaves one that was intended before", async () => {
    const { world, due } = await claimed();
    await due.release();
    const failing = defineEffect({
      type: "unknown",
      replay: "never",
      retry: { maxAttempts: 2 },
      perform: () => Promise.reject(new EffectError("not yet", { certain: true })),
    });
    await world.runtime({ workflows: [both], effects: [known, failing] }).tick("run");
    expect((await world.state("run")).pending).toMatchObject({ phase: "ready", replay: "never" });
    await world.clock.advance(60_000);
    const without = world.runtime({ workflows: [both], effects: [known] });
    const [again] = (await without.claimDue({ limit: 1 })).runs;
    const revision = again?.run.revision;
    const error = await rejection(again?.drive({ leavesUnhandled: true }));
    expect(error).toMatchObject({ code: "effect_not_registered", details: { revision } });
    expect((await world.state("run")).pending).toMatchObject({ phase: "ready", replay: "never" });
  });

  it("reads what the run was told before it leaves it", async () => {
    const { world, due, without } = await claimed();
    const driving = rejection(due.drive({ leavesUnhandled: true }));
    await without.cancelRun("run", "enough");
    await driving;
    await due.defer(60_000);
    expect((await world.state("run")).status).toBe("cancelled");
  });

  it("fails the run without it, as ever", async () => {
    const { due } = await claimed();
    const { status, error } = await due.drive();
    expect(status).toBe("failed");
    expect(error?.details).toMatchObject({ cause: { code: "effect_not_registered" } });
  });
});

async function rejection(work: Promise<unknown> | undefined): Promise<unknown> {
  return work?.then(
    () => undefined,
    (error: unknown) => error,
  );
}
