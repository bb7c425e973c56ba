import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import { askUser } from "../builtin/plan-waits.ts";
import { defineEffect } from "../effect/define-effect.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Verdict } from "./settle-run.ts";

/** A run before a gate: its only attempt failed, and nobody knows whether it happened. */
async function gatedRun(world: World, onError?: string) {
  let calls = 0;
  const pay = defineEffect({
    type: "pay",
    replay: "never",
    perform: () => {
      calls += 1;
      if (calls === 1) throw new Error("connection reset");
      return "paid at last";
    },
  });
  const workflow = defineWorkflow<string>({
    id: "pays",
    entry: "first",
    nodes: {
      first: () => pay({}, { next: "last", resultKey: "receipt", onError }),
      last: (run) => complete(run.vars.receipt),
      mend: (run) => complete(run.vars.receipt.error.code),
    },
  });
  const runtime = world.runtime({ effects: [pay] });
  const handle = await runtime.start(workflow, { id: "run" });
  const gate = (await handle.state()).waiting?.waitId ?? "";
  return { handle, gate, runtime, calls: () => calls };
}

describe("Runtime.settle", () => {
  it("takes what happened for the effect's result", async () => {
    const world = newWorld();
    const { handle, gate, calls } = await gatedRun(world);
    const run = await handle.settle(gate, { happened: { receipt: 5 } }, { by: "ann" });
    expect(run).toMatchObject({ status: "completed", output: { receipt: 5 } });
    expect(calls()).toBe(1);
    await world.state("run");
  });

  it("does the effect when it did not happen", async () => {
    const world = newWorld();
    const { handle, gate, calls } = await gatedRun(world);
    expect(await handle.settle(gate, "not_happened")).toMatchObject({ output: "paid at last" });
    expect(calls()).toBe(2);
    await world.state("run");
  });

  it("gives up: the run fails, or its onError node goes on", async () => {
    const world = newWorld();
    const { handle, gate } = await gatedRun(world);
    expect(await handle.settle(gate, "give_up")).toMatchObject({
      status: "failed",
      error: { code: "effect_failed", details: { cause: { code: "unknown_outcome" } } },
    });
    const other = await gatedRun(newWorld(), "mend");
    expect(await other.handle.settle(other.gate, "give_up")).toMatchObject({
      output: "unknown_outcome",
    });
  });

  it("leaves the result undefined out as null", async () => {
    const { handle, gate } = await gatedRun(newWorld());
    expect(await handle.settle(gate, { happened: undefined })).toMatchObject({ status: "failed" });
  });

  it("refuses other gates, other runs, other verdicts, and answers", async () => {
    const world = newWorld();
    const { gate, runtime } = await gatedRun(world);
    const before = await world.store.load("run");
    expect(await codeOf(runtime.settle("run", "other", "give_up"))).toBe("wait_id_mismatch");
    expect(await codeOf(runtime.settle("nobody", gate, "give_up"))).toBe("run_not_found");
    expect(await codeOf(runtime.settle("run", gate, "perhaps" as Verdict))).toBe(
      "invalid_argument",
    );
    expect(await codeOf(runtime.settle("run", gate, { happened: new Date(0) }))).toBe(
      "invalid_json_value",
    );
    expect(await codeOf(runtime.resume("run", "yes", { waitId: gate }))).toBe("invalid_answer");
    expect(await world.store.load("run")).toEqual(before);
    const asks = defineWorkflow({
      id: "asks",
      entry: "first",
      nodes: { first: () => askUser({ prompt: "?", next: "first" }) },
    });
    const waiting = await runtime.start(asks);
    const waitId = (await waiting.state()).waiting?.waitId ?? "";
    expect(await codeOf(waiting.settle(waitId, "give_up"))).toBe("run_not_waiting");
  });
});
