import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import { askUser, startSubworkflow, waitEvent } from "../builtin/plan-waits.ts";
import type { RunQuery } from "../ports/durable-store.ts";
import { complete, fail } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Runtime } from "./runtime.ts";

const asks = defineWorkflow({
  id: "asks",
  version: "7",
  entry: "first",
  nodes: {
    first: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
    last: () => complete(null),
  },
});
const listens = defineWorkflow({
  id: "listens",
  entry: "first",
  nodes: {
    first: () => waitEvent({ key: ["a", "b"], resultKey: "said", next: "last" }),
    last: () => complete(null),
  },
});
const fails = defineWorkflow({
  id: "fails",
  entry: "first",
  nodes: { first: () => fail("no") },
});
const parent = defineWorkflow({
  id: "parent",
  entry: "first",
  nodes: {
    first: () => startSubworkflow({ workflow: "asks", resultKey: "child", next: "last" }),
    last: () => complete(null),
  },
});

/** One run of each kind, a second apart. */
async function startVariety(world: World): Promise<Runtime> {
  const runtime = world.runtime({ workflows: [asks, listens, fails, parent] });
  await runtime.start(listens, { id: "listens", actorId: "ann" });
  await world.clock.advance(1_000);
  await runtime.start(fails, { id: "fails", sessionId: "s" });
  await world.clock.advance(1_000);
  await runtime.start(parent, { id: "parent" });
  await world.clock.advance(1_000);
  await runtime.start(asks, { id: "done" });
  await runtime.resume("done", "x", { waitKey: "k" });
  await world.clock.advance(1_000);
  await runtime.start(asks, { id: "paused", actorId: "ann" });
  await runtime.pauseRun("paused");
  return runtime;
}

async function idsOf(runtime: Runtime, query: RunQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { runId } of runtime.runs(query)) ids.push(runId);
  return ids;
}

describe("Runtime.listRuns and runs", () => {
  it("find runs by what a person would look for", async () => {
    const world = newWorld();
    const runtime = await startVariety(world);
    const all = await idsOf(runtime, {});
    const child = all.find((id) => !["listens", "fails", "parent", "done", "paused"].includes(id));
    const { graphHash } = await runtime.getState("done");
    const found: readonly (readonly [RunQuery, readonly (string | undefined)[]])[] = [
      [{ statuses: ["completed", "failed"] }, ["done", "fails"]],
      [{ status: "waiting", root: true }, ["paused", "parent", "listens"]],
      [{ root: false }, [child]],
      [{ parentRunId: "parent" }, [child]],
      [{ paused: true }, ["paused"]],
      [{ actorId: "ann", paused: false }, ["listens"]],
      [{ sessionId: "s" }, ["fails"]],
      [{ waitReason: "subworkflow" }, ["parent"]],
      [{ waitKey: "b" }, ["listens"]],
      [{ workflowId: "asks", workflowVersion: "7", root: true }, ["paused", "done"]],
      [{ workflowVersion: "8" }, []],
      [{ ...(graphHash !== null && { graphHash }), status: "completed" }, ["done"]],
      [{ gate: "stuck" }, []],
      [{ originRunId: "done" }, []],
    ];
    for (const [query, ids] of found)
      expect([query, await idsOf(runtime, query)]).toEqual([query, ids]);
  });

  it("go through all pages, whatever their size", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (let n = 0; n < 25; n += 1) await runtime.start(asks, { id: `run-${n}` });
    const all = await idsOf(runtime, {});
    expect(new Set(all).size).toBe(25);
    for (const limit of [1, 7, 24, 25, 26]) expect(await idsOf(runtime, { limit })).toEqual(all);
    const { nextCursor } = await runtime.listRuns({ limit: 10 });
    expect(await idsOf(runtime, { cursor: nextCursor ?? "" })).toEqual(all.slice(10));
  });

  it("read no page more than is asked for, and stop when they are told to", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (let n = 0; n < 5; n += 1) await runtime.start(asks);
    let seen = 0;
    for await (const run of runtime.runs({ limit: 2 })) {
      expect(run.status).toBe("waiting");
      seen += 1;
      if (seen === 3) break;
    }
    expect(seen).toBe(3);
    const abort = new AbortController();
    const reason = new Error("enough");
    const reading = async (): Promise<void> => {
      for await (const _ of runtime.runs({ limit: 2 }, { signal: abort.signal }))
        abort.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
  });

  const bad: readonly (readonly [object, string, string])[] = [
    [{ status: "done" }, "invalid_argument", "query.status"],
    [{ statuses: "failed" }, "invalid_argument", "query.statuses"],
    [{ statuses: ["failed", "done"] }, "invalid_argument", "query.statuses[1]"],
    [{ statuses: [undefined] }, "invalid_argument", "query.statuses[0]"],
    [{ waitReason: "coffee" }, "invalid_argument", "query.waitReason"],
    [{ gate: "garden" }, "invalid_argument", "query.gate"],
    [{ paused: "yes" }, "invalid_argument", "query.paused"],
    [{ root: 1 }, "invalid_argument", "query.root"],
    [{ workflowId: 7 }, "invalid_argument", "query.workflowId"],
    [{ cursor: 7 }, "invalid_argument", "query.cursor"],
    [{ cursor: "?" }, "invalid_argument", "cursor"],
    [{ limit: 0 }, "invalid_argument", "limit"],
    [{ limit: 1_001 }, "invalid_argument", "limit"],
    [{ state: "waiting" }, "invalid_argument", "query.state"],
    [{ updatedBefore: "yesterday" }, "invalid_instant", "yesterday"],
    [[], "invalid_argument", "query"],
  ];
  it.each(bad)("refuse %j", async (query, code, says) => {
    const runtime = newWorld().runtime();
    expect(await codeOf(runtime.listRuns(query))).toBe(code);
    await expect(runtime.listRuns(query)).rejects.toThrow(says);
    expect(await codeOf(runtime.runs(query).next())).toBe(code);
  });
});
