import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  complete,
  defineWorkflow,
  goto,
  MemoryStore,
  Runtime,
  startSubworkflow,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { createScheduledRuntime, Scheduler } from "../src/index.ts";

const count = defineWorkflow({
  id: "count",
  entry: "count",
  nodes: {
    count: (run) => {
      run.vars.n = Number(run.vars.n ?? 0) + 1;
      return run.vars.n < 500 ? goto("count") : complete(run.vars.n);
    },
  },
});
const delegate = defineWorkflow({
  id: "delegate",
  entry: "begin",
  nodes: {
    begin: () => startSubworkflow({ workflow: "count", next: "end", resultKey: "child" }),
    end: (run) => complete(run.vars.child),
  },
});
const detach = defineWorkflow({
  id: "detach",
  entry: "begin",
  nodes: {
    begin: () => startSubworkflow({ workflow: "count", next: "end", async: true }),
    end: () => complete("not waiting"),
  },
});
const breaks = defineWorkflow({
  id: "breaks",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 1_000, next: "break" }),
    break: () => {
      throw new Error("broken");
    },
  },
});
const waits = defineWorkflow({
  id: "waits",
  entry: "wait",
  nodes: { wait: () => waitEvent({ key: "never", next: "end" }), end: () => complete("never") },
});
const workflows = [count, delegate, detach, breaks, waits];

function newWorld() {
  const clock = new VirtualClock();
  const runtime = new Runtime({ store: new MemoryStore({ clock }), clock, workflows });
  const scheduler = new Scheduler({ runtime, clock, stepsPerTurn: 100 });
  return { clock, runtime, scheduler };
}

describe("what was wrong with 0.2.0's scheduler", () => {
  it("D05, D06, D16: runs that need more steps than a turn has are gone on with, and children, waited for or not", async () => {
    const { clock, runtime, scheduler } = newWorld();
    for (const workflow of [count, delegate, detach])
      await runtime.start(workflow, { id: workflow.id, drive: false });
    scheduler.start();
    await clock.advance(100);
    expect((await runtime.getState("count")).output).toBe(500);
    expect((await runtime.getState("delegate")).output).toMatchObject({ output: 500 });
    for await (const run of runtime.runs({ workflowId: "count" })) expect(run.output).toBe(500);
    expect((await runtime.listRuns({ workflowId: "count" })).items).toHaveLength(3);
  });

  it("D08: two schedulers on one store drive each due run once", async () => {
    const { clock, runtime, scheduler } = newWorld();
    const driven: string[] = [];
    const onRunResumed = ({ runId }: { readonly runId: string }): void => void driven.push(runId);
    const other = new Scheduler({ runtime, clock, onRunResumed });
    const one = new Scheduler({ runtime, clock, onRunResumed });
    for (let n = 0; n < 40; n += 1) await runtime.start(count, { id: `run-${n}`, drive: false });
    await Promise.all([one.pollOnce(), other.pollOnce(), one.pollOnce(), other.pollOnce()]);
    expect(driven).toHaveLength(40);
    expect(new Set(driven).size).toBe(40);
    expect(scheduler.stats.claimed).toBe(0);
  });

  it("D32: a due timer whose next node throws fails its run, once, with the reason", async () => {
    const { clock, runtime, scheduler } = newWorld();
    await runtime.start(breaks, { id: "run" });
    scheduler.start();
    await clock.advance(60_000);
    expect(await runtime.getState("run")).toMatchObject({ status: "failed" });
    expect((await runtime.getState("run")).error?.message).toContain("broken");
    expect(scheduler.stats).toMatchObject({ claimed: 1, runsResumed: 1 });
  });

  it("D38: a look at a folder reads no files, however many ended runs there are", async () => {
    const dir = await mkdtemp(join(tmpdir(), "scheduler-"));
    const clock = new VirtualClock();
    const store = await FileStore.open(dir, { clock });
    const runtime = new Runtime({ store, clock, workflows });
    for (let n = 0; n < 30; n += 1) await runtime.start(delegate, { id: `run-${n}` });
    await runtime.start(waits, { id: "waits" });
    await store.close();
    const again = await FileStore.open(dir, { clock });
    await rm(dir, { recursive: true }); // whoever looks at a file now fails
    const idle = new Scheduler({ runtime: new Runtime({ store: again, clock, workflows }), clock });
    expect(await idle.pollOnce()).toBe(0);
    expect(idle.stats.pollCycles).toBe(1);
  });

  it("D39: a parent is found among a thousand runs that wait and changed later", async () => {
    const { clock, runtime, scheduler } = newWorld();
    await runtime.start(delegate, { id: "parent", maxSteps: 1, drive: false });
    expect(await scheduler.pollOnce()).toBe(1);
    await clock.advance(1);
    for (let n = 0; n < 1_001; n += 1) await runtime.start(waits, { id: `waits-${n}` });
    scheduler.start();
    await clock.advance(100);
    expect((await runtime.getState("parent")).status).toBe("completed");
  });

  it("D61: a scheduled run may belong to a session", async () => {
    await using app = createScheduledRuntime();
    const { state } = await app.run(count, {}, { sessionId: "session-1" });
    expect(state.sessionId).toBe("session-1");
  });
});
