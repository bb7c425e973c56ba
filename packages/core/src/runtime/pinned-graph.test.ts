import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import {
  askUser,
  complete,
  defineWorkflow,
  startSubworkflow,
  waitUntil,
  type Plan,
  type Workflow,
} from "../index.ts";

/** A workflow whose output says which version's code made it. */
function versioned(id: string, version: string, plan: () => Plan): Workflow {
  return defineWorkflow<string>({
    id,
    version,
    entry: "a",
    nodes: {
      a: plan,
      b: (run) => complete([version, run.vars.r ?? null]),
      [`only-${version}`]: () => complete(0),
    },
  });
}

const asks = (version: string): Workflow =>
  versioned("w", version, () => askUser({ prompt: "?", key: "k", resultKey: "r", next: "b" }));
const sleeps = (version: string): Workflow =>
  versioned("w", version, () => waitUntil({ afterMs: 1_000, next: "b" }));
const calls = (version: string): Workflow =>
  versioned("parent", version, () =>
    startSubworkflow({ workflow: "w", resultKey: "r", next: "b" }),
  );

async function waitIdOf(world: World, runId: string): Promise<string> {
  return (await world.state(runId)).waiting?.waitId ?? "";
}

describe("a run whose graph is not registered", () => {
  it("keeps what it is answered until somebody has its graph", async () => {
    const world = newWorld();
    await world.runtime().start(asks("1"), { id: "run" });
    const newer = world.runtime({ workflows: [asks("2")] });
    const waitId = await waitIdOf(world, "run");
    expect(await newer.resume("run", "yes", { waitId })).toMatchObject({ status: "waiting" });
    expect(await world.kinds("run")).toEqual(["created", "begun", "waiting"]);
    expect(await codeOf(newer.resume("run", "no", { waitId: "another" }))).toBe("wait_id_mismatch");
    const older = world.runtime({ workflows: [asks("1")] });
    expect(await older.tick("run")).toMatchObject({ output: ["1", "yes"] });
  });

  it("keeps what is published for it", async () => {
    const world = newWorld();
    await world.runtime().start(asks("1"), { id: "run" });
    const newer = world.runtime({ workflows: [asks("2")] });
    expect(await newer.emitEvent("k", "yes")).toMatchObject({ deliveredTo: ["run"] });
    expect(await world.kinds("run")).toEqual(["created", "begun", "waiting"]);
    const older = world.runtime({ workflows: [asks("1")] });
    expect(await older.tick("run")).toMatchObject({ output: ["1", "yes"] });
  });

  it("is neither run to its end nor started again", async () => {
    const world = newWorld();
    await world.runtime().start(asks("1"), { id: "run", drive: false });
    const before = await world.store.load("run");
    const newer = world.runtime();
    newer.workflows.register(asks("2"));
    expect(await codeOf(newer.run("run"))).toBe("workflow_changed");
    await newer.start(asks("2"), { id: "run" });
    expect(await world.store.load("run")).toEqual(before);
    expect(world.store.claims).toBe(0);
  });

  it("is cancelled, paused and told of its limits all the same", async () => {
    const world = newWorld();
    await world.runtime().start(asks("1"), { id: "run" });
    const newer = world.runtime({ workflows: [asks("2")] });
    await newer.pauseRun("run");
    await newer.unpauseRun("run");
    await newer.updateLimits("run", { max_iterations: 3 });
    expect(await newer.cancelRun("run")).toMatchObject({ status: "cancelled" });
  });

  it("is told the time, but its handlers are not called", async () => {
    const world = newWorld();
    await world.runtime().start(sleeps("1"), { id: "run" });
    await world.clock.advance(1_000);
    const newer = world.runtime({ workflows: [sleeps("2")] });
    expect(await codeOf(newer.tick("run"))).toBe("workflow_changed");
    await newer.emitEvent("k", 1, { runId: "run", drive: false });
    expect(await world.state("run")).toMatchObject({ status: "running", currentNode: "b" });
    expect(await codeOf(newer.tick("run"))).toBe("workflow_changed");
    const older = world.runtime({ workflows: [sleeps("1")] });
    expect(await older.tick("run")).toMatchObject({ output: ["1", null] });
  });

  it("is not found by whoever looks for work by what it can drive", async () => {
    const world = newWorld();
    await world.runtime().start(asks("1"), { id: "run", drive: false });
    const request = { owner: "o", leaseMs: 1, limit: 1, leaseIds: ["l"] };
    const due = async (version: string): Promise<number> => {
      const { workflows } = world.runtime({ workflows: [asks(version)] });
      return (await world.store.claimDue({ ...request, workflows: workflows.refs() })).runs.length;
    };
    expect(await due("2")).toBe(0);
    expect(await due("1")).toBe(1);
  });
});

describe("a run of 0.2.0", () => {
  /** As a store gives it: without a version, a graph or a ledger. */
  async function legacyWorld(): Promise<World> {
    const world = newWorld();
    await world.runtime().start(asks("1"), { id: "run" });
    const stored = await world.store.load("run");
    if (stored === undefined) throw new Error("no run");
    const run = { ...stored.run, workflowVersion: null, graphHash: null };
    world.store.load = () => Promise.resolve({ ...stored, run });
    return world;
  }

  it("is left alone by a graph without the node to which it goes", async () => {
    const world = await legacyWorld();
    const other = defineWorkflow({ id: "w", entry: "a", nodes: { a: () => complete(1) } });
    const runtime = world.runtime({ workflows: [other] });
    const before = await world.store.recordTexts("run");
    const { waiting } = await runtime.getState("run");
    await runtime.resume("run", "yes", { waitId: waiting?.waitId });
    expect(await world.store.recordTexts("run")).toEqual(before);
    expect(await world.store.readInbox("run")).toHaveLength(1);
  });
});

describe("families of several versions", () => {
  it("end in a parent that is left to those who have its graph", async () => {
    const world = newWorld();
    const older = world.runtime({ workflows: [asks("1")] });
    await older.start(calls("1"), { id: "run" });
    const [child] = (await world.store.listChildren("run")).items;
    const childId = child?.run.runId ?? "";
    const newer = world.runtime({ workflows: [asks("1"), calls("2")] });
    await newer.resume(childId, "yes", { waitId: await waitIdOf(world, childId) });
    expect(await world.state(childId)).toMatchObject({ status: "completed" });
    const { head } = (await world.store.load("run")) ?? {};
    expect(head).toMatchObject({ leaseId: null, wakeAt: expect.any(String) });
    expect(await older.tick("run")).toMatchObject({
      output: ["1", { output: ["1", "yes"] }],
    });
  });

  it("begin children with the latest version, and drive them by theirs", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asks("1")] });
    await runtime.start(calls("1"), { id: "first" });
    runtime.workflows.register(asks("2"));
    await runtime.start(calls("1"), { id: "second" });
    for (const id of ["first", "second"]) {
      const [child] = (await world.store.listChildren(id)).items;
      const childId = child?.run.runId ?? "";
      await runtime.resume(childId, "yes", { waitId: await waitIdOf(world, childId) });
    }
    expect(await world.state("first")).toMatchObject({ output: ["1", { output: ["1", "yes"] }] });
    expect(await world.state("second")).toMatchObject({ output: ["1", { output: ["2", "yes"] }] });
  });
});
