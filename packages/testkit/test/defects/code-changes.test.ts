import {
  askUser,
  complete,
  defineWorkflow,
  type Migration,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../../core/test/world.ts";

/** Asks at `a`, and goes on at a node that every version calls as it likes. */
function graph(version: string, next: string, migrate: readonly Migration[] = []): Workflow {
  return defineWorkflow<string>({
    id: "w",
    version,
    entry: "a",
    nodes: {
      a: () => askUser({ prompt: "?", resultKey: "said", next }),
      [next]: (run) => complete([version, run.vars.said]),
    },
    migrate,
  });
}

/** A run that waits, started by version 1, whose resume node is `b`. */
async function waiting(): Promise<{ readonly world: World; readonly waitId: string }> {
  const world = newWorld();
  await world.runtime().start(graph("1", "b"), { id: "run" });
  return { world, waitId: (await world.state("run")).waiting?.waitId ?? "" };
}

describe("code that changes under a run", () => {
  it("0.2.0 D47: a run stores the version and the graph that started it", async () => {
    const { world } = await waiting();
    const { graphHash } = graph("1", "b");
    expect(await world.state("run")).toMatchObject({ workflowVersion: "1", graphHash });
  });

  it("0.2.0 D47: an answer outlives a renamed node, and no second one is asked for", async () => {
    const { world, waitId } = await waiting();
    const renamed = world.runtime({ workflows: [graph("2", "c")] });
    await renamed.resume("run", "yes", { waitId, drive: false });
    expect(await codeOf(renamed.tick("run"))).toBe("workflow_changed");
    expect(await world.state("run")).toMatchObject({ status: "waiting", waiting: { waitId } });
    renamed.workflows.register(graph("1", "b"));
    expect(await renamed.tick("run")).toMatchObject({ status: "completed", output: ["1", "yes"] });
  });

  it("0.2.0 D47: an answered run goes on at the renamed node, where a migration says so", async () => {
    const { world, waitId } = await waiting();
    const taker = graph("2", "c", [{ from: "1", nodes: { b: "c" } }]);
    const runtime = world.runtime({ workflows: [taker] });
    expect(await runtime.resume("run", "yes", { waitId })).toMatchObject({
      status: "completed",
      output: ["2", "yes"],
    });
  });

  it("0.2.0 D47: what was registered first drives nothing that it did not start", async () => {
    const { world, waitId } = await waiting();
    const runtime = world.runtime({ workflows: [graph("1", "b")] });
    const second = await runtime.start(graph("2", "c"));
    const { waiting: wait } = await second.state();
    await second.resume("go on", { waitId: wait?.waitId });
    await runtime.resume("run", "yes", { waitId });
    expect(await second.result()).toEqual(["2", "go on"]);
    expect(await world.state("run")).toMatchObject({ output: ["1", "yes"] });
  });
});
