import { describe, expect, it } from "vitest";
import { after, createdBody, intentBody, now, runOf, times, waitOf } from "../../test/records.ts";
import { newWorld, type World } from "../../test/world.ts";
import {
  branches,
  complete,
  defineWorkflow,
  isEnded,
  startSubworkflows,
  waitEvent,
  ref,
  type Migration,
  type Plan,
  type RunState,
  type Workflow,
} from "../index.ts";
import { defaultLimits } from "../limits/limits.ts";
import { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import { findPassage, graphFor, type NoPassage, type Passage } from "./passage.ts";

function version(
  id: string,
  nodes: readonly string[],
  migrate: readonly Migration[] = [],
): Workflow {
  const handlers = Object.fromEntries(nodes.map((node) => [node, () => complete(null)]));
  const entry = nodes[0] ?? "";
  return defineWorkflow<string>({ id: "w", version: id, entry, nodes: handlers, migrate });
}

const nowhere = {
  load: () => Promise.resolve(undefined),
  records: () => Promise.resolve([]),
};

function passage(
  run: RunState,
  workflows: readonly Workflow[],
  store: Parameters<typeof findPassage>[0]["store"] = nowhere,
): Promise<Passage | NoPassage> {
  return findPassage(
    { workflows: new WorkflowRegistry(workflows), store, limits: defaultLimits, now },
    run,
  );
}

const codes = (found: Passage | NoPassage): readonly string[] =>
  "obstacles" in found ? found.obstacles.map(({ code }) => code) : [];

describe("findPassage", () => {
  const run = runOf(createdBody());

  it("goes by the graph that started the run, whatever newer ones offer", async () => {
    const own = { ...version("1", ["first"]), graphHash: "hash" };
    const newer = version("2", ["first"], [{ from: "1" }]);
    expect(await passage(run, [own, newer])).toEqual({
      workflow: own,
      migration: null,
      first: null,
    });
  });

  it("goes to the latest version that offers it, also when a later one does not", async () => {
    const second = version("2", ["first"], [{ from: "1" }]);
    const third = version("3", ["first"], [{ from: "2" }]);
    const fourth = version("4", ["first"], [{ from: "1" }]);
    expect(await passage(run, [second, third])).toMatchObject({ workflow: { version: "2" } });
    expect(await passage(run, [second, third, fourth])).toMatchObject({
      workflow: { version: "4" },
    });
  });

  it("has no obstacles, and no way, where nothing of the workflow is registered", async () => {
    expect(await passage(run, [])).toEqual({ obstacles: [] });
  });

  it("knows the latest version by which the run can't go on", async () => {
    expect(codes(await passage(run, [version("2", ["first"])]))).toEqual(["no_migration"]);
  });
});

describe("a run of 0.2.0, which knows no graph", () => {
  const old = (fields: Partial<RunState> = {}): RunState =>
    ({
      ...(runOf(createdBody({ graphHash: null, workflowVersion: null })) as object),
      ...(fields as object),
    }) as RunState;
  const waiting = old({ status: "waiting", waiting: waitOf({ resumeToNode: "second" }) });

  it("goes on with the latest version as it is, if that has the nodes to which it may go", async () => {
    const [one, two] = [version("1", ["first"]), version("2", ["first", "second"])];
    expect(await passage(old(), [one, two])).toMatchObject({ workflow: two, migration: null });
    expect(await passage(waiting, [version("2", ["second"])])).toMatchObject({ migration: null });
  });

  it("does not go where a node is missing", async () => {
    expect(codes(await passage(old(), [version("2", ["other"])]))).toEqual(["missing_node"]);
    expect(codes(await passage(waiting, [version("2", ["first"])]))).toEqual(["missing_node"]);
    const stays = old({ status: "waiting", waiting: waitOf({ resumeToNode: null }) });
    expect(codes(await passage(stays, [version("2", ["second"])]))).toEqual(["missing_node"]);
    const gate = waitOf({ gate: "stuck", resumeToNode: null, stepId: null });
    const gated = old({ status: "waiting", waiting: gate });
    expect(codes(await passage(gated, [version("2", ["second"])]))).toEqual(["missing_node"]);
    expect(graphFor(new WorkflowRegistry([version("2", ["first"])]), waiting)).toBe(undefined);
  });

  it("is migrated where that is offered, and knows its graph from then on", async () => {
    const taker = version(
      "2",
      ["one", "two"],
      [{ from: null, nodes: { first: "one", second: "two" } }],
    );
    expect(graphFor(new WorkflowRegistry([taker]), waiting)).toBe(undefined);
    const found = await passage(waiting, [taker]);
    expect(found).toMatchObject({ workflow: taker, migration: { nodeId: "one" } });
    if ("obstacles" in found || found.migration === null) throw new Error("no migration");
    expect(after(waiting, found.migration)).toMatchObject({ graphHash: taker.graphHash });
  });
});

describe("a branch", () => {
  const link = { runId: "p", stepId: "p:1", waitId: "p:w", index: 0, branch: true };
  const branch = runOf(createdBody({ parentRunId: "p", parent: link }));
  const parentAt = (run: RunState) => ({
    ...nowhere,
    load: () => Promise.resolve({ run, head: {} as never }),
  });
  const second = version("2", ["first"], [{ from: "1" }]);
  const third = version("3", ["first"], [{ from: "1" }]);

  it("goes where its living parent goes, after it", async () => {
    const parent = { ...runOf(createdBody()), runId: "p" };
    const found = await passage(branch, [second, third], parentAt(parent));
    expect(found).toMatchObject({
      workflow: third,
      first: "p",
      migration: { workflowVersion: "3" },
    });
  });

  it("goes where its parent is already", async () => {
    const { graphHash } = second;
    const parent = { ...runOf(createdBody({ graphHash, workflowVersion: "2" })), runId: "p" };
    const found = await passage(branch, [second, third], parentAt(parent));
    expect(found).toMatchObject({ workflow: second, first: null });
  });

  it("goes its own way when its parent has ended, or is gone", async () => {
    const failed: RunState = after(runOf(createdBody()), {
      kind: "cancelled",
      nodeId: "first",
      reason: "over",
      messageId: null,
      by: null,
      ...times,
    });
    expect(isEnded(failed)).toBe(true);
    for (const store of [nowhere, parentAt(failed)])
      expect(await passage(branch, [second, third], store)).toMatchObject({
        workflow: third,
        first: null,
      });
  });

  it("stays with a parent that can't be migrated", async () => {
    const parent = runOf(createdBody(), intentBody({}, { next: "gone" }));
    const found = await passage(branch, [second], parentAt(parent));
    expect(codes(found)).toEqual(["parent_not_migrated"]);
  });
});

describe("a run whose children are yet to begin", () => {
  const plans: Readonly<Record<string, () => Plan<"join" | "branch">>> = {
    branches: () =>
      branches([{ node: "branch" }, { node: "branch" }], { next: "join", maxConcurrency: 1 }),
    refs: () =>
      startSubworkflows(
        { workflow: "lost", each: ref("items") },
        { next: "join", maxConcurrency: 1 },
      ),
    all: () => branches([{ node: "branch" }, { node: "branch" }], { next: "join" }),
  };
  const fan = (id: string, plan: string, migrate: readonly Migration[] = []): Workflow =>
    defineWorkflow<string>({
      id: "w",
      version: id,
      entry: "fan",
      nodes: {
        fan: () => plans[plan]?.() ?? complete(null),
        branch: () => waitEvent({ key: "never", next: "join" }),
        join: () => complete(null),
        renamed: () => complete(null),
      },
      migrate,
    });
  const lost = defineWorkflow({
    id: "lost",
    entry: "a",
    nodes: { a: () => waitEvent({ key: "never", next: "b" }), b: () => complete(null) },
  });

  async function started(plan: string): Promise<World> {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [lost] });
    await runtime.start(fan("1", plan), { id: "run", vars: { items: [1, 2] } });
    return world;
  }
  async function obstaclesOf(
    plan: string,
    migration: Partial<Migration>,
  ): Promise<readonly string[]> {
    const world = await started(plan);
    const taker = fan("2", plan, [{ from: "1", ...migration }]);
    return codes(await passage(await world.state("run"), [taker], world.store));
  }
  const nodes = { branch: "renamed" };
  const changes = (vars: { items: number[] }): void => void vars.items.push(3);

  it("may go on where they are what was planned", async () => {
    expect(await obstaclesOf("branches", {})).toEqual([]);
    expect(await obstaclesOf("branches", { nodes: { join: "renamed" }, vars: changes })).toEqual(
      [],
    );
    expect(await obstaclesOf("refs", { nodes })).toEqual([]);
  });

  it("stays with its version where they begin at a node that has another name", async () => {
    expect(await obstaclesOf("branches", { nodes })).toEqual(["children_to_begin"]);
  });

  it("stays with its version where they begin at a node that is gone", async () => {
    const world = await started("branches");
    const taker = version("2", ["fan", "join"], [{ from: "1" }]);
    const found = await passage(await world.state("run"), [taker], world.store);
    expect(codes(found)).toEqual(["children_to_begin"]);
  });

  it("stays with its version where they get vars that the migration changes", async () => {
    expect(await obstaclesOf("refs", { vars: changes })).toEqual(["children_to_begin"]);
  });

  it("may go on once all have begun", async () => {
    expect(await obstaclesOf("all", { nodes, vars: changes })).toEqual([]);
  });
});
