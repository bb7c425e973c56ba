import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { defineEffect } from "../effect/define-effect.ts";
import { MemoryArtifactStore } from "../memory/memory-artifact-store.ts";
import { MemorySnapshotStore } from "../memory/memory-snapshot-store.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { silentLogger } from "../ports/silent-logger.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import { Runtime } from "./runtime.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

const works = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "last" }),
    last: (run) => complete(run.vars.r),
  },
});

describe("new Runtime", () => {
  it.each<[string, object]>([
    ["a store that is none", { store: {} }],
    ["no store", { store: undefined }],
    ["a lease that is too short", { leaseMs: 99 }],
    ["a lease without an end", { leaseMs: Infinity }],
    ["a depth that is no number of runs", { maxDepth: -1 }],
  ])("refuses %s", (_what, options) => {
    const all = { store: new MemoryStore(), ...options } as RuntimeOptions;
    expect(() => new Runtime(all)).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });

  it("refuses two effects of one type", () => {
    const effect = defineEffect({ type: "work", replay: "safe", perform: () => 1 });
    expect(() => newWorld().runtime({ effects: [effect, effect] })).toThrowError(
      expect.objectContaining({ code: "duplicate_effect" }),
    );
  });

  it("works on the machine's clock and random ids by default", async () => {
    await using runtime = new Runtime({ store: new MemoryStore() });
    const quick = defineWorkflow({ id: "quick", entry: "a", nodes: { a: () => complete("done") } });
    const run = await runtime.start(quick);
    expect(await run.result()).toBe("done");
    expect(run.runId).toMatch(/^[0-9a-f-]{32,36}$/);
  });

  it("has the artifacts and snapshots of its options, else of its store, else none", () => {
    const [artifacts, snapshots] = [new MemoryArtifactStore(), new MemorySnapshotStore()];
    const store = new MemoryStore();
    const own = new Runtime({ store, artifacts, snapshots });
    expect(own.artifacts).toBe(artifacts);
    expect(own.snapshots).toBe(snapshots);
    expect(own.store).toBe(store);
    const others = new Runtime({
      store: Object.assign(new MemoryStore(), { artifacts, snapshots }),
    });
    expect(others.artifacts).toBe(artifacts);
    expect(others.snapshots).toBe(snapshots);
    const none = new Runtime({ store });
    expect(() => none.artifacts).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect(() => none.snapshots).toThrowError(/has no snapshots/);
  });
});

describe("a runtime's run of the store", () => {
  it("lists runs, frozen, and pages through ledgers", async () => {
    const world = newWorld();
    const effect = { ...handHeld({ type: "work" }), perform: () => 1 };
    const runtime = world.runtime({ effects: [effect] });
    const run = await runtime.start(works, { id: "run" });
    const page = await runtime.listRuns({ status: "completed" });
    expect(page.items).toMatchObject([{ runId: "run" }]);
    expect(Object.isFrozen(page.items[0]?.vars)).toBe(true);
    expect((await runtime.listRuns()).items).toHaveLength(1);
    expect(await run.ledger({ after: 1, limit: 1 })).toMatchObject([{ seq: 2, kind: "begun" }]);
    expect(await runtime.getLedger("nobody")).toEqual([]);
    expect(runtime.workflows.has("works")).toBe(true);
  });
});

describe("Runtime.close", () => {
  it("interrupts effects, lets their runs go for others, and takes nothing more", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    await runtime.close();
    await runtime.close();
    expect(work.calls[0]?.context.signal.reason).toMatchObject({ interruption: "abort" });
    await driving;
    const { run, head } = (await world.store.load("run"))!;
    expect(run.pending).toMatchObject({ phase: "begun", attempt: 1 });
    expect(head.leaseId).toBeNull();
    for (const refused of [
      runtime.start(works),
      runtime.tick("run"),
      runtime.resume("run", 1, { waitKey: "k" }),
      runtime.cancelRun("run"),
      runtime.pauseRun("run"),
      runtime.updateLimits("run", {}),
      runtime.settle("run", "w", "give_up"),
      runtime.emitEvent("k"),
    ])
      expect(await codeOf(refused)).toBe("runtime_closed");

    const other = world.runtime({ effects: [work], workflows: [works] });
    const tick = other.tick("run");
    await world.settle();
    expect(work.calls[1]?.context).toMatchObject({
      attempt: 2,
      idempotencyKey: work.calls[0]?.context.idempotencyKey,
    });
    work.calls[1]?.resolve("second");
    expect(await tick).toMatchObject({ status: "completed", output: "second" });
    await world.state("run");
  });

  it("interrupts also the driver that won its run against another of this runtime", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const both = [1, 2].map(() => runtime.start(works, { id: "run" }));
    await world.settle();
    expect(work.calls).toHaveLength(1);
    await runtime.close();
    expect(work.calls[0]?.context.signal.reason).toMatchObject({ interruption: "abort" });
    await Promise.all(both);
  });

  it("waits for a handler that hangs no longer than a lease, and leaves its run to others", async () => {
    const world = newWorld();
    const warnings: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (event: string, fields?: object) => warnings.push([event, fields]),
    };
    const hung = Promise.withResolvers<void>();
    let visits = 0;
    const hangs = defineWorkflow<string>({
      id: "hangs",
      entry: "first",
      nodes: {
        first: async () => {
          visits += 1;
          if (visits === 1) await hung.promise;
          return complete(visits);
        },
      },
    });
    const runtime = world.runtime({ logger, leaseMs: 3_000 });
    const run = await runtime.start(hangs, { id: "run", drive: false });
    const tick = run.tick();
    const lost = codeOf(tick);
    await world.settle();
    let isClosed = false;
    const closing = runtime.close().then(() => (isClosed = true));
    await world.clock.advance(2_999);
    expect(isClosed).toBe(false);
    await world.clock.advance(1);
    await closing;
    expect(warnings).toEqual([["runtime.closed_over_work", { runIds: ["run"] }]]);

    await world.clock.advance(3_000);
    const other = world.runtime({ workflows: [hangs] });
    expect(await other.tick("run")).toMatchObject({ status: "completed", output: 2 });
    hung.resolve();
    expect(await lost).toBe("lease_lost");
    await world.state("run");
  });

  it("closes its store, unless told that it is shared", async () => {
    const store = new MemoryStore();
    await new Runtime({ store, closesStore: false }).close();
    expect(await store.load("run")).toBeUndefined();
    await new Runtime({ store }).close();
    expect(await codeOf(store.load("run"))).toBe("store_closed");
  });

  it("leaves no timer behind", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works);
    await world.settle();
    await runtime.close();
    await driving;
    expect(world.clock.timers).toBe(0);
  });
});
