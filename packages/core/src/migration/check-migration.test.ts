import { describe, expect, it } from "vitest";
import { z } from "zod";
import { dumpStore } from "../../../testkit/test/bad-input/dump-store.ts";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import {
  askUser,
  branches,
  checkMigration,
  complete,
  defineWorkflow,
  MemoryStore,
  waitUntil,
  type CheckMigrationOptions,
  type DurableStore,
  type Migration,
  type RunCheck,
  type Workflow,
} from "../index.ts";

const first = defineWorkflow({
  id: "w",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "?", next: "sleep" }),
    sleep: () => waitUntil({ afterMs: 1_000, next: "end" }),
    end: () => complete(1),
  },
});

function second(nodes: readonly string[], migration: Partial<Migration> | null = {}): Workflow {
  const handlers = Object.fromEntries(nodes.map((node) => [node, () => complete(2)]));
  const migrate = migration === null ? [] : [{ from: "1", ...migration }];
  return defineWorkflow<string>({
    id: "w",
    version: "2",
    entry: nodes[0] ?? "",
    nodes: handlers,
    migrate,
  });
}

/** Runs that wait, sleep, are paused, are due, and have ended; and one of another workflow. */
async function newScene(): Promise<World> {
  const world = newWorld();
  const runtime = world.runtime();
  for (const id of ["asks", "sleeps", "paused"]) await runtime.start(first, { id });
  const { waiting } = await world.state("sleeps");
  await runtime.resume("sleeps", null, { waitId: waiting?.waitId });
  await runtime.pauseRun("paused");
  await runtime.start(first, { id: "due", drive: false });
  await runtime.start(first, { id: "cancelled" });
  await runtime.cancelRun("cancelled");
  const other = defineWorkflow({
    ...first,
    id: "other",
    nodes: { ask: () => complete(1) },
  } as never);
  await runtime.start(other, { id: "other", drive: false });
  return world;
}

const idsOf = (checks: readonly RunCheck[]): readonly string[] =>
  checks.map(({ runId }) => runId).toSorted();

describe("checkMigration", () => {
  it("finds every run under way of the workflow, and says that it migrates", async () => {
    const { store } = await newScene();
    const after = second(["question", "sleep", "end"], { nodes: { ask: "question" } });
    const report = await checkMigration(store, after);
    expect(report).toMatchObject({
      workflowId: "w",
      version: "2",
      graphHash: after.graphHash,
      total: 4,
      sameGraph: { count: 0, first: [] },
      migrates: { count: 4 },
      breaks: { count: 0, first: [] },
    });
    expect(idsOf(report.migrates.first)).toEqual(["asks", "due", "paused", "sleeps"]);
    expect(report.migrates.first.find(({ runId }) => runId === "asks")).toEqual({
      runId: "asks",
      status: "waiting",
      workflowVersion: "1",
      graphHash: first.graphHash,
      currentNode: "ask",
      verdict: "migrates",
      moves: [{ place: "currentNode", from: "ask", to: "question" }],
      obstacles: [],
    });
  });

  it("says what breaks, and why", async () => {
    const { store } = await newScene();
    const { breaks, migrates } = await checkMigration(store, second(["ask", "end"]));
    expect(idsOf(migrates.first)).toEqual(["due"]);
    expect(idsOf(breaks.first)).toEqual(["asks", "paused", "sleeps"]);
    for (const { obstacles } of breaks.first)
      expect(obstacles).toContainEqual({
        code: "missing_node",
        message: expect.stringMatching(/is node "sleep", which version 2 does not have/),
      });
    const strict = { ...second(["ask", "sleep", "end"]), varsSchema: z.object({ n: z.number() }) };
    const mismatch = await checkMigration(store, strict);
    expect(mismatch.breaks.first[0]?.obstacles).toEqual([
      { code: "schema_mismatch", message: expect.stringContaining("vars.n") },
    ]);
    const none = await checkMigration(store, second(["ask", "sleep", "end"], null));
    expect(none).toMatchObject({ total: 4, breaks: { count: 4 } });
    expect(none.breaks.first[0]?.obstacles[0]?.code).toBe("no_migration");
    const refuses = (): never => {
      throw new Error("not this one");
    };
    const thrown = await checkMigration(store, second(["ask", "sleep", "end"], { vars: refuses }));
    expect(thrown.breaks.first[0]?.obstacles[0]).toEqual({
      code: "migration_failed",
      message: "the migration's vars: not this one",
    });
  });

  it("leaves runs of the same graph, and of versions that stay, as they are", async () => {
    const { store } = await newScene();
    expect(await checkMigration(store, first)).toMatchObject({ sameGraph: { count: 4 } });
    const breaking = second(["ask"], null);
    const report = await checkMigration(store, breaking, { beside: [first] });
    expect(report).toMatchObject({ total: 4, sameGraph: { count: 4 }, breaks: { count: 0 } });
  });

  it("writes nothing", async () => {
    const { store } = await newScene();
    const before = await dumpStore(store);
    const after = second(["ask", "sleep", "end"], { vars: (vars) => void (vars.n = 1) });
    await checkMigration(store, after);
    await checkMigration(store, second(["gone"]));
    expect(await dumpStore(store)).toBe(before);
  });

  it("says of each run what then happens", async () => {
    const world = await newScene();
    const after = second(["ask", "end"]);
    const verdicts = new Map<string, string>();
    await checkMigration(world.store, after, {
      onRun: ({ runId, verdict }) => void verdicts.set(runId, verdict),
    });
    await world.clock.advance(1_000);
    const runtime = world.runtime({ workflows: [after] });
    expect(verdicts.get("sleeps")).toBe("breaks");
    expect(await codeOf(runtime.tick("sleeps"))).toBe("workflow_changed");
    expect(verdicts.get("due")).toBe("migrates");
    expect(await runtime.tick("due")).toMatchObject({ workflowVersion: "2", output: 2 });
  });

  it("judges a branch by its parent", async () => {
    const fan = (version: string, migrate: readonly Migration[] = []): Workflow =>
      defineWorkflow<string>({
        id: "w",
        version,
        entry: "fan",
        nodes: {
          fan: () => branches([{ node: "ask" }], { next: "end" }),
          ask: () => askUser({ prompt: "?", next: "end" }),
          end: () => complete(1),
        },
        migrate,
      });
    const world = newWorld();
    await world.runtime().start(fan("1"), { id: "run" });
    const good = await checkMigration(world.store, fan("2", [{ from: "1" }]));
    expect(good).toMatchObject({ total: 2, migrates: { count: 2 } });
    const vars = (_vars: unknown, { parent }: { parent: unknown }): void => {
      if (parent === null) throw new Error("not the parent");
    };
    const bad = await checkMigration(world.store, fan("2", [{ from: "1", vars }]));
    const codes = bad.breaks.first.map(({ obstacles }) => String(obstacles[0]?.code));
    expect(codes.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "migration_failed",
      "parent_not_migrated",
    ]);
  });

  it("holds a page in memory, whatever it finds, and describes as many as it is asked to", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (let n = 0; n < 25; n += 1) await runtime.start(first, { id: `run-${n}` });
    const limits: (number | undefined)[] = [];
    const store: Pick<DurableStore, "list" | "load" | "records"> = {
      list: (query, options) => {
        limits.push(query?.limit);
        return world.store.list(query, options);
      },
      load: (...args) => world.store.load(...args),
      records: (...args) => world.store.records(...args),
    };
    const seen: string[] = [];
    const report = await checkMigration(store, second(["gone"]), {
      pageSize: 10,
      maxDetails: 3,
      onRun: ({ runId }) => seen.push(runId),
    });
    expect(report.breaks).toMatchObject({ count: 25, first: { length: 3 } });
    expect(new Set(seen).size).toBe(25);
    expect(limits).toEqual([10, 10, 10, 10]);
  });

  it("ends when it is told to", async () => {
    const { store } = await newScene();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(checkMigration(store, first, { signal })).rejects.toThrow("enough");
  });

  it.each<[string, unknown, unknown, CheckMigrationOptions, string]>([
    ["no store", null, first, {}, "store: give a DurableStore"],
    ["a store that is none", {}, first, {}, "store: give a DurableStore"],
    ["no workflow", new MemoryStore(), null, {}, "made by defineWorkflow"],
    ["a workflow that is none", new MemoryStore(), { id: "w" }, {}, "made by defineWorkflow"],
    ["others that are none", new MemoryStore(), first, { beside: [{} as Workflow] }, "made by"],
    ["half a page", new MemoryStore(), first, { pageSize: 0.5 }, "pageSize is 0.5"],
    ["pages of nothing", new MemoryStore(), first, { pageSize: 0 }, "pageSize is 0"],
    ["pages too large", new MemoryStore(), first, { pageSize: 1_001 }, "pageSize is 1001"],
    ["fewer than no details", new MemoryStore(), first, { maxDetails: -1 }, "maxDetails is -1"],
    ["no listener", new MemoryStore(), first, { onRun: 1 as never }, "onRun: give a function"],
  ])("refuses %s", async (_, store, workflow, options, says) => {
    const checked = checkMigration(store as DurableStore, workflow as Workflow, options);
    await expect(checked).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(says),
    });
  });

  it("refuses two graphs of one version", async () => {
    const other = defineWorkflow({ id: "w", entry: "a", nodes: { a: () => complete(1) } });
    const checked = checkMigration(new MemoryStore(), first, { beside: [other] });
    expect(await codeOf(checked)).toBe("duplicate_workflow");
  });
});
