import { describe, expect, it } from "vitest";
import { newKernel } from "../../test/kernel.ts";
import { handHeld, newWorld } from "../../test/world.ts";
import {
  complete,
  defineWorkflow,
  goto,
  MemoryStore,
  Runtime,
  startSubworkflow,
  waitEvent,
  type Message,
  type Plan,
} from "../index.ts";
import { RunDriver } from "./run-driver.ts";

const sentAt = "2026-01-01T00:00:00Z";

/** Waits for `key`, does `between`, and waits for it once more. */
const twice = defineWorkflow({
  id: "twice",
  entry: "before",
  nodes: {
    before: () => ({ effect: { type: "before" }, nextNode: "first" }),
    first: () => waitEvent({ key: "key", next: "between" }),
    between: () => ({ effect: { type: "between" }, nextNode: "second" }),
    second: () => waitEvent({ key: "key", next: "end" }),
    end: () => complete(null),
  },
});

const once = defineWorkflow({
  id: "once",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "key", next: "end", resultKey: "heard" }),
    end: (run) => complete(run.vars.heard),
  },
});

describe("a message that meets a driver in the middle of something", () => {
  it("leaves an effect ready that was begun and not called when the run is paused", async () => {
    const world = newWorld();
    const send = handHeld({ type: "send", replay: "never" });
    const runtime = world.runtime({ effects: [send] });
    const workflow = defineWorkflow({
      id: "send",
      entry: "send",
      nodes: {
        send: () => ({ effect: { type: "send" }, nextNode: "end" }),
        end: () => complete(null),
      },
    });
    const { runId } = await runtime.start(workflow, { drive: false });
    const pause: Message = { kind: "pause", messageId: "pause", by: null, sentAt };
    world.store.beforeCommit = async () => void (await world.store.deliver(runId, pause));
    const paused = await runtime.tick(runId);
    expect(paused).toMatchObject({ paused: true, pending: { phase: "ready", attempt: 1 } });
    world.store.beforeCommit = () => {};
    const done = runtime.unpauseRun(runId);
    await world.settle();
    expect(send.calls).toHaveLength(1);
    send.calls[0]?.resolve(null);
    await done;
    expect((await world.state(runId)).status).toBe("completed");
  });

  it("is consumed once when the store tells of it twice", async () => {
    const world = newWorld();
    const [before, between] = [handHeld({ type: "before" }), handHeld({ type: "between" })];
    const runtime = world.runtime({ effects: [before, between] });
    const { runId } = await runtime.start(twice, { drive: false });
    const readInbox = world.store.readInbox.bind(world.store);
    world.store.readInbox = async (...args) => {
      const messages = await readInbox(...args);
      await world.clock.sleep(500);
      return messages;
    };
    const driven = runtime.tick(runId);
    await world.settle();
    const event = { kind: "event", messageId: "event", by: null, sentAt, key: "key" } as const;
    await world.store.deliver(runId, { ...event, payload: 1 });
    await world.clock.advance(10_000); // the lease is renewed, and the inbox read
    before.calls[0]?.resolve(null);
    await world.settle();
    expect(between.calls).toHaveLength(1);
    await world.clock.advance(500);
    between.calls[0]?.resolve(null);
    await world.clock.advance(5_000);
    expect(await driven).toMatchObject({ status: "waiting", currentNode: "second" });
    expect((await world.kinds(runId)).filter((kind) => kind === "answered")).toHaveLength(1);
  });

  it("reaches a child that begins in the commit which cancels its parent", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const child = defineWorkflow({
      id: "child",
      entry: "wait",
      nodes: { wait: () => waitEvent({ key: "key", next: "wait" }) },
    });
    const planned = Promise.withResolvers<Plan<"end">>();
    const parent = defineWorkflow({
      id: "parent",
      entry: "begin",
      nodes: {
        begin: () => goto("start"),
        start: () => planned.promise,
        end: () => complete(null),
      },
    });
    runtime.workflows.register(child);
    const { runId } = await runtime.start(parent, { drive: false });
    const driven = runtime.tick(runId);
    await world.settle();
    const cancelled = runtime.cancelRun(runId);
    await world.settle();
    planned.resolve(startSubworkflow({ workflow: child, next: "end" }));
    await Promise.all([driven, cancelled]);
    const { items } = await runtime.listRuns({ parentRunId: runId });
    expect((await world.state(runId)).status).toBe("cancelled");
    expect(items.map(({ status }) => status)).toEqual(["cancelled"]);
  });

  it("reaches what a child left behind that ended while its parent was cancelled", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const waits = defineWorkflow({
      id: "waits",
      entry: "wait",
      nodes: { wait: () => waitEvent({ key: "never", next: "wait" }) },
    });
    const child = defineWorkflow({
      id: "child",
      entry: "start",
      nodes: {
        start: () => startSubworkflow({ workflow: waits, async: true, next: "wait" }),
        wait: () => waitEvent({ key: "key", next: "end" }),
        end: () => complete(null),
      },
    });
    const parent = defineWorkflow({
      id: "parent",
      entry: "start",
      nodes: {
        start: () => startSubworkflow({ workflow: child, async: true, next: "wait" }),
        wait: () => waitEvent({ key: "other", next: "wait" }),
      },
    });
    for (const workflow of [waits, child]) runtime.workflows.register(workflow);
    const { runId } = await runtime.start(parent);
    await world.settle();
    let isFirst = true;
    world.store.beforeCommit = async (change) => {
      if (change.run.status !== "cancelled" || !isFirst) return;
      isFirst = false;
      await world.runtime({ workflows: [child] }).emitEvent("key", null);
    };
    await runtime.cancelRun(runId);
    const { items } = await runtime.listRuns();
    expect(items.map(({ workflowId, status }) => `${workflowId}: ${status}`).toSorted()).toEqual([
      "child: completed",
      "parent: cancelled",
      "waits: cancelled",
    ]);
  });

  it("is not overlooked, whichever moment of the driver's the store tells of it in", async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const kernel = newKernel();
      const { clock, memory } = kernel;
      const { runId } = await new Runtime({ store: memory, clock }).start(once);
      const event = { kind: "event", by: null, sentAt, payload: 1 } as const;
      await memory.deliver(runId, { ...event, key: "other", messageId: "kept" });
      const lease = { owner: "me", leaseMs: 30_000, leaseId: "mine" };
      const claimed = await memory.claimDue({ ...lease, limit: 1, leaseIds: ["mine"] });
      const start = { subject: claimed.runs[0]!, lease, held: true, maxSteps: 10 };
      const driver = new RunDriver(kernel, { ...start, workflow: once });
      const { readInbox, takeKept } = MemoryStore.prototype;
      memory.takeKept = async (...args) => {
        memory.takeKept = takeKept;
        memory.readInbox = async (...range) => {
          const messages = await readInbox.apply(memory, range);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          return messages;
        };
        await memory.deliver(runId, { ...event, key: "key", messageId: "heard" });
        void driver.lookAtInbox();
        return takeKept.apply(memory, args);
      };
      await driver.drive();
      expect(driver.run.status, `after ${turns} turns`).toBe("completed");
    }
  });

  it("counts once when an event for one run is sent again with its id", async () => {
    const world = newWorld();
    const instant = (type: string) => ({ ...handHeld({ type }), perform: () => null });
    const runtime = world.runtime({ effects: [instant("before"), instant("between")] });
    const { runId } = await runtime.start(twice);
    for (const _ of [1, 2]) await runtime.emitEvent("key", 1, { runId, eventId: "event" });
    expect(await world.state(runId)).toMatchObject({ status: "waiting", currentNode: "second" });
  });

  it("lets the first of several events win, also when a pause kept it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const { runId } = await runtime.start(once);
    const message = { by: null, sentAt };
    const event = { ...message, kind: "event", key: "key" } as const;
    await world.store.deliver(runId, { ...message, kind: "pause", messageId: "pause" });
    await world.store.deliver(runId, { ...event, messageId: "first", payload: "first" });
    await world.store.deliver(runId, { ...message, kind: "unpause", messageId: "unpause" });
    await world.store.deliver(runId, { ...event, messageId: "second", payload: "second" });
    expect(await runtime.tick(runId)).toMatchObject({ output: "first" });
  });

  it("lets the first of several events win, also when the store tells of it last", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const { runId } = await runtime.start(once);
    const event = { kind: "event", by: null, sentAt, key: "key" } as const;
    await world.store.deliver(runId, { ...event, messageId: "first", payload: "first" });
    const readInbox = world.store.readInbox.bind(world.store);
    let delayMs = 1_000;
    world.store.readInbox = async (...args) => {
      const messages = await readInbox(...args);
      await world.clock.sleep(delayMs);
      return messages;
    };
    const driven = runtime.tick(runId);
    await world.settle();
    delayMs = 0;
    const emitted = runtime.emitEvent("key", "second", { runId, eventId: "second" });
    await world.clock.advance(1_000);
    expect(await driven).toMatchObject({ output: "first" });
    await emitted;
  });
});
