import { describe, expect, it } from "vitest";
import { codeOf, newWorld } from "../../test/world.ts";
import { waitEvent } from "../builtin/plan-waits.ts";
import { complete, fail } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const listens = defineWorkflow({
  id: "listens",
  entry: "first",
  nodes: {
    first: () => waitEvent({ key: "k", resultKey: "said", next: "last" }),
    last: (run) => (run.vars.said === "fail" ? fail("no luck") : complete({ said: run.vars.said })),
  },
});

describe("Runtime.result", () => {
  it("waits for the end without driving", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(listens);
    const result = run.result();
    await world.settle();
    await runtime.emitEvent("k", "hello");
    expect(await result).toEqual({ said: "hello" });
    expect(Object.isFrozen(await run.result())).toBe(true);
  });

  it("waits through all that happens before, when another process drives", async () => {
    const world = newWorld();
    const driver = world.runtime();
    await driver.start(listens, { id: "run" });
    const result = world.runtime().result("run");
    await world.settle();
    await driver.pauseRun("run");
    await world.clock.advance(1_000);
    await driver.unpauseRun("run");
    await driver.emitEvent("k", "hello");
    await world.clock.advance(1_000);
    expect(await result).toEqual({ said: "hello" });
  });

  it("rejects with the run's error when it failed or was cancelled", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(listens, { id: "failed" });
    await runtime.emitEvent("k", "fail");
    await expect(runtime.result("failed")).rejects.toMatchObject({
      code: "run_failed",
      message: "run failed failed: no luck",
      details: { error: { code: "failed_by_workflow", nodeId: "last" } },
    });
    const other = await runtime.start(listens, { id: "cancelled" });
    const result = codeOf(other.result());
    await other.cancel();
    expect(await result).toBe("run_cancelled");
  });

  it("ends with the signal's reason, and does not know unknown runs", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(listens);
    const stop = new AbortController();
    const result = run.result({ signal: stop.signal });
    result.catch(() => {});
    await world.settle();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(await codeOf(runtime.result("nobody"))).toBe("run_not_found");
  });
});
