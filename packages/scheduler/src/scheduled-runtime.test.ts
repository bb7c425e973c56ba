import {
  askUser,
  complete,
  defineWorkflow,
  isAbstractRuntimeError,
  startSubworkflow,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { createScheduledRuntime } from "./create-scheduled-runtime.ts";

const asks = defineWorkflow({
  id: "asks",
  entry: "ask",
  nodes: {
    ask: () =>
      askUser({ prompt: "Which tea?", choices: ["green", "black"], next: "end", resultKey: "tea" }),
    end: (run) => complete(run.vars.tea),
  },
});
const sleeps = defineWorkflow({
  id: "sleeps",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 60_000, next: "end" }),
    end: () => complete("awake"),
  },
});
const listens = defineWorkflow({
  id: "listens",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "news", next: "end", resultKey: "news" }),
    end: (run) => complete(run.vars.news),
  },
});
const delegates = defineWorkflow({
  id: "delegates",
  entry: "begin",
  nodes: {
    begin: () => startSubworkflow({ workflow: "listens", next: "end", resultKey: "child" }),
    end: () => complete("done"),
  },
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isAbstractRuntimeError(error)) return error.code;
    throw error;
  }
  return "none";
}

function newApp() {
  const clock = new VirtualClock();
  const app = createScheduledRuntime({ clock, workflows: [listens] });
  return { clock, app };
}

describe("createScheduledRuntime", () => {
  it("needs no configuration: it runs, asks, and goes on with the answer", async () => {
    await using app = createScheduledRuntime();
    const { runId, state } = await app.run(asks, {}, { sessionId: "s-1", actorId: "a-1" });
    expect(state).toMatchObject({ status: "waiting", sessionId: "s-1", actorId: "a-1" });
    expect((await app.findWaitingRuns({ sessionId: "s-1" })).map((run) => run.runId)).toEqual([
      runId,
    ]);
    expect(await app.findWaitingRuns({ sessionId: "s-2" })).toEqual([]);
    expect(await app.respond(runId, "green")).toMatchObject({
      status: "completed",
      output: "green",
    });
    expect((await app.getLedger(runId)).length).toBeGreaterThan(2);
    expect(app.health.isRunning).toBe(true);
  });

  it("drives timers by itself; a call may wait for the end", async () => {
    const { clock, app } = newApp();
    const progress = await app.run(sleeps);
    expect(progress.state.status).toBe("waiting");
    const toTheEnd = app.run(sleeps, undefined, { untilEnd: true });
    await clock.advance(61_000);
    expect((await app.getState(progress.runId)).output).toBe("awake");
    expect((await toTheEnd).state.output).toBe("awake");
    expect(app.stats.runsResumed).toBeGreaterThan(1);
    const stopped = app.stop();
    await clock.advance(10);
    await stopped;
    expect(app.health.isRunning).toBe(false);
  });

  it("lets a caller that waits give up, and the run go on", async () => {
    const { clock, app } = newApp();
    const patience = new AbortController();
    const waiting = app.run(sleeps, undefined, {
      id: "run",
      untilEnd: true,
      signal: patience.signal,
    });
    const gaveUp = waiting.catch((error: unknown) => String(error));
    await clock.advance(1_000);
    patience.abort(new Error("enough"));
    await clock.advance(1_000);
    expect(await gaveUp).toContain("enough");
    await clock.advance(60_000);
    expect((await app.getState("run")).output).toBe("awake");
  });

  it("keeps a forged answer from a run that waits for a child, for time, or for nothing (D15)", async () => {
    const { clock, app } = newApp();
    const { runId } = await app.run(delegates);
    expect(await codeOf(app.respond(runId, { forged: true }))).toBe("run_not_waiting");
    const timer = await app.run(sleeps);
    expect(await codeOf(app.respond(timer.runId, 1))).toBe("run_not_waiting");
    expect(await codeOf(app.respond("nobody", 1))).toBe("run_not_found");
    const [child] = await app.findWaitingRuns({ workflowId: "listens" });
    await app.resumeEvent(child?.runId ?? "", "news", "good");
    await clock.advance(10);
    const ended = await app.getState(runId);
    expect(ended.output).toBe("done");
    expect(await codeOf(app.respond(runId, 1))).toBe("run_not_waiting");
  });

  it("cancels a run with all runs below it, and says how many (D40)", async () => {
    const { app } = newApp();
    const { runId } = await app.run(delegates);
    expect(await app.cancelWithChildren(runId, "enough")).toBe(2);
    expect(await app.cancelWithChildren(runId)).toBe(0);
    expect(await app.findWaitingRuns()).toEqual([]);
    const { runId: other } = await app.run(sleeps);
    expect((await app.cancelRun(other)).status).toBe("cancelled");
  });

  it("waits with driving until it is told, when it is to", async () => {
    const clock = new VirtualClock();
    const app = createScheduledRuntime({
      clock,
      autoStart: false,
      shares: { sleeps: { concurrency: 1 } },
    });
    const { runId } = await app.run(sleeps, undefined, { maxSteps: 0 });
    expect(app.health.isRunning).toBe(false);
    await app.tick(runId, { maxSteps: 1 });
    await clock.advance(60_000);
    expect((await app.getState(runId)).status).toBe("waiting");
    app.start();
    await clock.advance(10);
    expect((await app.getState(runId)).output).toBe("awake");
  });
});
