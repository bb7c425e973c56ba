import {
  type Change,
  type Committed,
  complete,
  defineEffect,
  defineWorkflow,
  type DurableStore,
  fail,
  isAbstractRuntimeError,
  MemoryStore,
  Runtime,
  type RuntimeOptions,
  startSubworkflow,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import { FaultStore, VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { Scheduler } from "./scheduler.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";

const now = defineWorkflow({ id: "now", entry: "a", nodes: { a: () => complete("done") } });
const foreign = defineWorkflow({ id: "foreign", entry: "a", nodes: { a: () => complete("done") } });
const sleeper = defineWorkflow({
  id: "sleeper",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 10_000, next: "end" }),
    end: () => complete("awake"),
  },
});
const listener = defineWorkflow({
  id: "listener",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "news", next: "end", resultKey: "news" }),
    end: (run) => complete(run.vars.news),
  },
});
const parent = defineWorkflow({
  id: "parent",
  entry: "begin",
  nodes: {
    begin: () => startSubworkflow({ workflow: "sleeper", next: "end", resultKey: "child" }),
    end: () => complete("done"),
  },
});
const asks = defineWorkflow({
  id: "asks",
  entry: "a",
  nodes: {
    a: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "b" }),
    b: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "end" }),
    end: (run) => complete(run.vars.r),
  },
});
const long = defineWorkflow({
  id: "long",
  entry: "count",
  nodes: {
    count: (run) => {
      run.vars.n = Number(run.vars.n ?? 0) + 1;
      return run.vars.n < 500 ? { nextNode: "count" } : complete(run.vars.n);
    },
  },
});
const bad = defineWorkflow({ id: "bad", entry: "a", nodes: { a: () => fail("no") } });

interface Call {
  readonly runId: string;
  readonly signal: AbortSignal;
  end(): void;
}

/** A store, a clock, a runtime and a scheduler; its `work` effect ends when the test says so. */
function newWorld(
  options: Partial<SchedulerOptions> & { readonly clock?: VirtualClock } = {},
  rest: Partial<RuntimeOptions> = {},
) {
  const { clock = new VirtualClock() } = options;
  const store: DurableStore = rest.store ?? new MemoryStore({ clock });
  const calls: Call[] = [];
  const work = defineEffect({
    type: "work",
    replay: "idempotent",
    perform: (_payload: unknown, { runId, signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        calls.push({ runId, signal, end: () => resolve("worked") });
      }),
  });
  const workflows = [now, sleeper, listener, parent, asks, long, bad];
  const runtime = new Runtime({ store, clock, workflows, effects: [work], ...rest });
  const scheduler = new Scheduler({ runtime, ...options, clock });
  const statuses = async (): Promise<readonly string[]> =>
    (await runtime.listRuns()).items.map(({ status }) => status).toSorted();
  return { clock, store, runtime, scheduler, calls, statuses, settle: () => clock.advance(10) };
}

describe("Scheduler", () => {
  it("drives what is due when it starts, and what becomes due", async () => {
    const { clock, runtime, scheduler, settle } = newWorld();
    await runtime.start(now, { id: "before", drive: false });
    scheduler.start();
    await settle();
    expect((await runtime.getState("before")).output).toBe("done");
    await runtime.start(now, { id: "after", drive: false });
    await settle();
    expect((await runtime.getState("after")).output).toBe("done");
    expect(clock.now() - Date.parse("2026-01-01T00:00:00Z")).toBe(20);
    await scheduler.stop();
  });

  it("wakes a timer at its instant, not when it happens to look", async () => {
    const { clock, runtime, scheduler } = newWorld({ pollIntervalMs: 3_600_000 });
    scheduler.start();
    await clock.advance(333);
    await runtime.start(sleeper, { id: "run", drive: false });
    await clock.advance(10_000);
    expect((await runtime.getState("run")).output).toBe("awake");
    expect(scheduler.stats.lag).toEqual({ lastMs: 0, longestMs: 0 });
    expect(scheduler.stats.pollCycles).toBeLessThan(12);
    await scheduler.stop();
  });

  it("goes on with answered runs, with parents of ended children, and with runs of any length", async () => {
    const { clock, runtime, scheduler, settle } = newWorld({ stepsPerTurn: 100 });
    scheduler.start();
    for (const workflow of [listener, parent, long])
      await runtime.start(workflow, { id: workflow.id, drive: false });
    await settle();
    await runtime.emitEvent("news", "good", { drive: false });
    await clock.advance(10_000);
    expect((await runtime.getState("listener")).output).toBe("good");
    expect((await runtime.getState("parent")).output).toBe("done");
    expect((await runtime.getState("long")).output).toBe(500);
    await scheduler.stop();
  });

  it("takes over from a driver that died, when its lease has run out", async () => {
    const { clock, store, runtime, scheduler } = newWorld();
    await runtime.start(now, { id: "orphan", drive: false });
    const leaseIds = ["dead"];
    await store.claimDue({ owner: "dead", leaseMs: 7_000, limit: 1, leaseIds });
    scheduler.start();
    await clock.advance(6_990);
    expect((await runtime.getState("orphan")).status).toBe("running");
    await clock.advance(10);
    expect((await runtime.getState("orphan")).status).toBe("completed");
    await scheduler.stop();
  });

  it("looks now and then for what nobody told of", async () => {
    const { clock, runtime, scheduler } = newWorld({ pollIntervalMs: 2_000 });
    runtime.store.onDue = () => () => {}; // as if its listening connection were lost
    scheduler.start();
    await clock.advance(10);
    await runtime.start(now, { id: "unheard", drive: false });
    await clock.advance(1_900);
    expect((await runtime.getState("unheard")).status).toBe("running");
    await clock.advance(200);
    expect((await runtime.getState("unheard")).status).toBe("completed");
    await scheduler.stop();
  });

  it("takes no more than it has room for, and more as room appears", async () => {
    const { runtime, scheduler, calls, settle, statuses } = newWorld({ concurrency: 3 });
    for (let n = 0; n < 8; n += 1) await runtime.start(asks, { id: `run-${n}`, drive: false });
    scheduler.start();
    for (let ended = 0; ended < 16; ended += 1) {
      await settle();
      const open = calls.length - ended;
      expect(open).toBeLessThanOrEqual(3);
      expect(open).toBeGreaterThan(0);
      expect(scheduler.stats.inFlight).toBe(open);
      calls[ended]?.end();
    }
    await settle();
    expect(await statuses()).toEqual(Array<string>(8).fill("completed"));
    expect(scheduler.stats).toMatchObject({ claimed: 8, inFlight: 0, runsFailed: 0 });
    await scheduler.stop();
  });

  it("keeps the bounds of single workflows, and takes what is more important first", async () => {
    const { runtime, scheduler, calls, settle } = newWorld({
      concurrency: 3,
      workflows: { asks: { concurrency: 1 }, now: { priority: 5 } },
    });
    for (let n = 0; n < 4; n += 1) await runtime.start(asks, { id: `asks-${n}`, drive: false });
    for (let n = 0; n < 9; n += 1) await runtime.start(now, { id: `now-${n}`, drive: false });
    const order: string[] = [];
    const first = new Scheduler({
      runtime,
      concurrency: 1,
      workflows: { now: { priority: 5 } },
      onRunResumed: ({ runId }) => void order.push(runId),
    });
    await first.pollOnce();
    expect(order).toHaveLength(1);
    expect(order[0]).toMatch(/^now/);
    scheduler.start();
    for (let n = 0; n < 20; n += 1) await settle();
    expect(calls).toHaveLength(1);
    const runs = await runtime.listRuns({ workflowId: "now" });
    expect(runs.items.every(({ status }) => status === "completed")).toBe(true);
    const stopped = scheduler.stop({ drainMs: 0 });
    await settle();
    await stopped;
  });

  it("takes the next run of a bound workflow as soon as one has ended", async () => {
    const { runtime, scheduler, calls, settle } = newWorld({
      pollIntervalMs: 3_600_000,
      workflows: { asks: { concurrency: 1 } },
    });
    for (let n = 0; n < 3; n += 1) await runtime.start(asks, { id: `asks-${n}`, drive: false });
    scheduler.start();
    for (let ended = 0; ended < 6; ended += 1) {
      await settle();
      expect(calls).toHaveLength(ended + 1);
      calls[ended]?.end();
    }
    await settle();
    expect(scheduler.stats).toMatchObject({ claimed: 3, inFlight: 0 });
    await scheduler.stop();
  });

  it("leaves runs alone that it has no workflow for, however many there are, and drives the others (D33)", async () => {
    const { clock, store, runtime, scheduler } = newWorld({ concurrency: 2 });
    const elsewhere = new Runtime({ store, clock, workflows: [foreign] });
    for (let n = 0; n < 100; n += 1)
      await elsewhere.start(foreign, { id: `foreign-${n}`, drive: false });
    await runtime.start(now, { id: "ours", drive: false });
    expect(await scheduler.pollOnce()).toBe(1);
    expect((await runtime.getState("ours")).status).toBe("completed");
    expect(scheduler.stats.runsFailed).toBe(0);
  });

  it("puts off a run that can't be driven, longer each time, tells of it, and goes on with the others", async () => {
    const failed: string[] = [];
    class Poisoned extends MemoryStore {
      override commit(change: Change): Promise<Committed> {
        if (change.runId === "poison") throw new Error("no way");
        return super.commit(change);
      }
    }
    const clock = new VirtualClock();
    const { runtime, scheduler } = newWorld(
      { clock, onRunFailed: (runId, error) => void failed.push(`${runId}: ${error.message}`) },
      { clock, store: new Poisoned({ clock }) },
    );
    await runtime.start(now, { id: "poison", drive: false });
    scheduler.start();
    await clock.advance(60_000);
    await runtime.start(now, { id: "good", drive: false });
    await clock.advance(10);
    expect((await runtime.getState("good")).status).toBe("completed");
    expect(failed).toEqual(Array<string>(6).fill("poison: no way"));
    expect(scheduler.stats).toMatchObject({ runsFailed: 6, runsResumed: 1 });
    expect(scheduler.stats.errors[0]).toMatchObject({ runId: "poison", message: "no way" });
    await scheduler.stop();
  });

  it("tells of a run that kills its drivers, once", async () => {
    const failed: string[] = [];
    const { clock, store, runtime, scheduler, settle } = newWorld({
      onRunFailed: (runId) => void failed.push(runId),
    });
    await runtime.start(now, { id: "killer", drive: false });
    for (let n = 0; n < 10; n += 1) {
      await store.claimDue({ owner: "dead", leaseMs: 1_000, limit: 1, leaseIds: [`dead-${n}`] });
      await clock.advance(1_000);
    }
    scheduler.start();
    await settle();
    expect((await runtime.getState("killer")).waiting?.gate).toBe("stuck");
    expect(failed).toEqual(["killer"]);
    await clock.advance(10_000);
    expect(failed).toEqual(["killer"]);
    await scheduler.stop();
  });

  it("counts a driver that hangs until it ends, also when its run was claimed again", async () => {
    const hanging: (() => void)[] = [];
    const hang = defineWorkflow({
      id: "hang",
      entry: "a",
      nodes: {
        a: async () => {
          await new Promise<void>((resolve) => void hanging.push(resolve));
          return complete("done");
        },
      },
    });
    const clock = new VirtualClock();
    const faults = new FaultStore(new MemoryStore({ clock }), { clock });
    const { runtime, scheduler, settle } = newWorld(
      { clock },
      { clock, store: faults, workflows: [hang], leaseMs: 1_000 },
    );
    await runtime.start(hang, { id: "run", drive: false });
    scheduler.start();
    await settle();
    faults.partition(3_000); // the lease runs out
    await clock.advance(10_000);
    expect(hanging).toHaveLength(2);
    expect(scheduler.stats.inFlight).toBe(2);
    hanging[0]?.();
    await settle();
    expect(scheduler.stats.inFlight).toBe(1);
    hanging[1]?.();
    await settle();
    expect(scheduler.stats.inFlight).toBe(0);
    expect((await runtime.getState("run")).output).toBe("done");
    await scheduler.stop();
  });

  it("counts runs that fail by themselves as driven, and survives hooks that throw", async () => {
    const resumed: string[] = [];
    const { runtime, scheduler, settle } = newWorld({
      onRunResumed: ({ status }) => {
        resumed.push(status);
        throw new Error("a bad hook");
      },
    });
    await runtime.start(bad, { drive: false });
    scheduler.start();
    await settle();
    expect(resumed).toEqual(["failed"]);
    expect(scheduler.stats).toMatchObject({ runsResumed: 1, runsFailed: 0 });
    await scheduler.stop();
  });

  it("asks a store that does not answer less and less often, and says so", async () => {
    const clock = new VirtualClock();
    const faults = new FaultStore(new MemoryStore({ clock }), { clock });
    const { runtime, scheduler } = newWorld({ clock }, { clock, store: faults });
    await runtime.start(now, { id: "run", drive: false });
    faults.partition(20_000);
    scheduler.start();
    await clock.advance(19_000);
    expect(scheduler.stats.pollCycles).toBe(6);
    expect(scheduler.health).toMatchObject({ isRunning: true, lastClaimAt: null });
    expect(scheduler.health.error).toContain("cut off");
    await clock.advance(13_000);
    expect((await runtime.getState("run")).status).toBe("completed");
    expect(scheduler.health.error).toBeNull();
    expect(scheduler.health.lastClaimAt).not.toBeNull();
    await scheduler.stop();
  });
});

describe("Scheduler.stop", () => {
  it("lets effects under way end, commits them, and begins nothing more", async () => {
    const { store, runtime, scheduler, calls, settle } = newWorld();
    await runtime.start(asks, { id: "run", drive: false });
    scheduler.start();
    await settle();
    const stopped = scheduler.stop({ drainMs: 60_000 });
    await runtime.start(now, { id: "late", drive: false });
    await settle();
    expect(calls[0]?.signal.aborted).toBe(false);
    calls[0]?.end();
    await stopped;
    expect(scheduler.isRunning).toBe(false);
    expect(await runtime.getState("run")).toMatchObject({
      status: "running",
      vars: { r: "worked" },
    });
    expect((await store.load("run"))?.head.leaseId).toBeNull();
    expect((await runtime.getState("late")).revision).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it("interrupts effects that take longer; their steps stay open, for the next driver", async () => {
    const { clock, store, runtime, scheduler, calls, settle } = newWorld();
    await runtime.start(asks, { id: "run", drive: false });
    scheduler.start();
    await settle();
    const stopped = scheduler.stop({ drainMs: 3_000 });
    await clock.advance(2_999);
    expect(calls[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    await stopped;
    expect(calls[0]?.signal.aborted).toBe(true);
    expect((await store.load("run"))?.head).toMatchObject({ leaseId: null });
    expect((await runtime.getState("run")).pending?.phase).toBe("begun");
    expect(scheduler.stats.runsFailed).toBe(0);
  });

  it("does not wait for ever for a handler that hangs", async () => {
    const hang = Promise.withResolvers<never>();
    const hanging = defineWorkflow({ id: "hang", entry: "a", nodes: { a: () => hang.promise } });
    const { clock, runtime, scheduler, settle } = newWorld();
    await runtime.start(hanging, { id: "run", drive: false });
    scheduler.start();
    await settle();
    const stopped = scheduler.stop({ drainMs: 1_000 });
    await clock.advance(6_000);
    await stopped;
    expect(scheduler.stats.inFlight).toBe(1);
  });

  it("may come twice, before the start, and be followed by another start; two at a time are refused (D34)", async () => {
    const { runtime, scheduler, settle } = newWorld();
    await scheduler.stop();
    scheduler.start();
    expect(() => scheduler.start()).toThrow("await stop()");
    const stops = [scheduler.stop(), scheduler.stop()];
    expect(() => scheduler.start()).toThrow("await stop()");
    await settle();
    await Promise.all(stops);
    await runtime.start(now, { id: "run", drive: false });
    scheduler.start();
    await settle();
    expect((await runtime.getState("run")).status).toBe("completed");
    await scheduler[Symbol.asyncDispose]();
    expect(scheduler.isRunning).toBe(false);
  });

  it("drives nothing that a claim brings after it has given up waiting for it", async () => {
    const { clock, store, runtime, scheduler, settle } = newWorld();
    await runtime.start(now, { id: "run", drive: false });
    const answer = Promise.withResolvers<void>();
    const claimDue = store.claimDue.bind(store);
    store.claimDue = async (request) => {
      const claimed = await claimDue(request);
      await answer.promise;
      return claimed;
    };
    scheduler.start();
    await settle();
    const stopped = scheduler.stop({ drainMs: 1_000 });
    await clock.advance(6_000);
    await stopped;
    answer.resolve();
    await settle();
    expect(await runtime.getState("run")).toMatchObject({ status: "running", revision: 1 });
    expect((await store.load("run"))?.head).toMatchObject({ leaseId: null, claims: 0 });
  });

  it("leaves a scheduler that may still look once", async () => {
    const { runtime, scheduler, settle } = newWorld();
    scheduler.start();
    const stopped = scheduler.stop();
    await settle();
    await stopped;
    await runtime.start(now, { id: "run", drive: false });
    expect(await scheduler.pollOnce()).toBe(1);
    expect((await runtime.getState("run")).status).toBe("completed");
  });

  it("ends a look under way, too", async () => {
    const { runtime, scheduler, calls, settle } = newWorld();
    await runtime.start(asks, { id: "run", drive: false });
    const polled = scheduler.pollOnce();
    await settle();
    const stopped = scheduler.stop({ drainMs: 0 });
    await settle();
    await stopped;
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(await polled).toBe(1);
    expect(scheduler.stats).toMatchObject({ inFlight: 0, runsFailed: 0 });
  });

  it("comes by itself when the runtime is closed", async () => {
    const { clock, runtime, scheduler } = newWorld();
    scheduler.start();
    await clock.advance(10);
    await runtime.close();
    await clock.advance(1_000);
    expect(scheduler.isRunning).toBe(false);
  });
});

describe("new Scheduler", () => {
  it.each([
    [{ concurrency: 0 }, "concurrency is 0"],
    [{ concurrency: 1.5 }, "concurrency is 1.5"],
    [{ pollIntervalMs: 1 }, "pollIntervalMs is 1"],
    [{ pollIntervalMs: Number.NaN }, "pollIntervalMs is NaN"],
    [{ stepsPerTurn: 0 }, "stepsPerTurn is 0"],
    [{ unhandledEffects: "wait" as "fail" }, 'unhandledEffects is "wait"'],
    [{ maxErrorsKept: -1 }, "maxErrorsKept is -1"],
    [{ workflows: { a: { concurrency: 0 } } }, 'workflows["a"].concurrency is 0'],
    [{ workflows: { a: { priority: Number.NaN } } }, 'workflows["a"].priority is NaN'],
    [{ runtime: {} as Runtime }, "runtime: give a Runtime"],
  ])("refuses %j", (options, message) => {
    const make = (): unknown => newWorld(options);
    expect(make).toThrow(message);
    expect(codeOf(make)).toBe("invalid_argument");
  });
});

function codeOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (isAbstractRuntimeError(error)) return error.code;
  }
  return "none";
}
