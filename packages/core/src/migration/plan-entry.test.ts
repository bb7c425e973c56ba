import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newWorld, type World } from "../../test/world.ts";
import {
  checkMigration,
  complete,
  createClient,
  defineWorkflow,
  foldRun,
  observeEdges,
  toMermaid,
  type ClientStartOptions,
  type Workflow,
} from "../index.ts";

const order = (version: string): Workflow =>
  defineWorkflow({
    id: "order",
    version,
    entry: "price",
    vars: z.object({ cents: z.coerce.number(), tags: z.array(z.string()).default([]) }),
    nodes: { price: (run) => complete(run.vars.cents) },
  });

async function started(options: ClientStartOptions): Promise<World> {
  const world = newWorld();
  const { store, clock } = world;
  const client = createClient({ store, clock, closesStore: false });
  await client.start("order", { id: "run", ...options });
  return world;
}

describe("a run that was started by its workflow's id", () => {
  it("gets what the schema makes of its input as changes, and limits of its own are kept", async () => {
    const input = { cents: "5", extra: true, _limits: { max_tokens: 7 } };
    const world = await started({ input });
    await world.runtime({ workflows: [order("1")] }).tick("run");
    const [, entered] = await world.store.records("run");
    expect(entered).toMatchObject({
      kind: "entered",
      nodeId: "price",
      workflowVersion: "1",
      changes: [
        { op: "remove", path: "/extra" },
        { op: "replace", path: "/cents", value: 5 },
        { op: "add", path: "/tags", value: [] },
      ],
    });
    const { vars } = await world.state("run");
    expect(vars).toEqual({ cents: 5, tags: [], _limits: { max_tokens: 7 } });
  });

  it("is entered once: a second such record does not follow", async () => {
    const world = await started({ input: { cents: 5 } });
    await world.runtime({ workflows: [order("1")] }).tick("run");
    const [created, entered] = await world.store.records("run");
    if (created === undefined || entered === undefined) throw new Error("there are two records");
    expect(foldRun([created, entered]).currentNode).toBe("price");
    expect(() => foldRun([created, entered, { ...entered, seq: 3 }])).toThrow(/entered/);
  });

  it("is told its input's faults before a deployment, and is no migration", async () => {
    const world = await started({ input: { cents: 5 } });
    const { store, clock } = world;
    const client = createClient({ store, clock, closesStore: false });
    await client.start("order", { id: "bad", input: { cents: "many" } });
    await client.start("order", { id: "other", input: { cents: 5 }, version: "7" });
    const report = await checkMigration(store, order("1"));
    expect(report.sameGraph.count).toBe(1);
    expect(report.migrates.count).toBe(0);
    const codes = report.breaks.first.map(({ runId, obstacles }) => [runId, obstacles[0]?.code]);
    expect(new Map(codes as [string, string][])).toEqual(
      new Map([
        ["bad", "schema_mismatch"],
        ["other", "other_version"],
      ]),
    );
  });

  it("is drawn from its entry, and before it has one, nowhere", async () => {
    const world = await started({ input: { cents: 5 } });
    const workflow = order("1");
    const picture = async (): Promise<string> =>
      toMermaid(workflow, {
        run: { state: await world.state("run"), records: await world.store.records("run") },
      });
    expect(await picture()).not.toContain("class n0 current");
    expect(await picture()).not.toContain("n1");
    await world.runtime({ workflows: [workflow] }).tick("run");
    const { edges } = observeEdges(await world.store.records("run"));
    expect(edges.map(({ from, to, kind }) => [from, to, kind])).toEqual([
      ["price", null, "completed"],
      [null, "price", "start"],
    ]);
    expect(await picture()).toContain("class n0 completed");
  });
});
