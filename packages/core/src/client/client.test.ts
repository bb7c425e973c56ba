import { describe, expect, it } from "vitest";
import { z } from "zod";
import { sequentialIds } from "../../../testkit/src/ids/sequential-ids.ts";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import { askUser, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { createClient, type Client } from "./client.ts";

const order = (version = "1"): Workflow =>
  defineWorkflow({
    id: "order",
    version,
    entry: "price",
    vars: z.object({ cents: z.number(), currency: z.string().default("EUR") }),
    nodes: {
      price: (run) => complete({ version, said: `${run.vars.cents} ${run.vars.currency}` }),
    },
  });

const asks = defineWorkflow({
  id: "asks",
  entry: "ask",
  nodes: {
    ask: () =>
      askUser({
        prompt: "?",
        choices: ["yes"],
        allowFreeText: false,
        resultKey: "said",
        next: "end",
      }),
    end: (run) => complete(run.vars.said),
  },
});

const listens = defineWorkflow({
  id: "listens",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ name: "go", scope: "session", resultKey: "said", next: "end" }),
    end: (run) => complete(run.vars.said),
  },
});

function clientOf({ store, clock }: World, seed = 900): Client {
  return createClient({ store, clock, ids: sequentialIds(seed), closesStore: false });
}

describe("Client.start", () => {
  it("makes a run that is due, and that the first driver with its workflow begins", async () => {
    const world = newWorld();
    const run = await clientOf(world).start("order", {
      input: { cents: 500 },
      id: "order-7",
      actorId: "ada",
      sessionId: "s-1",
    });
    expect(await run.state()).toMatchObject({
      status: "running",
      currentNode: "",
      graphHash: null,
      workflowVersion: null,
      vars: { cents: 500 },
      actorId: "ada",
      sessionId: "s-1",
    });
    const workflow = order();
    const driver = world.runtime({ workflows: [workflow], limits: { maxIterations: 7 } });
    const { runs } = await driver.claimDue({ limit: 10 });
    for (const due of runs) await due.drive();
    expect(await world.state("order-7")).toMatchObject({
      status: "completed",
      output: { version: "1", said: "500 EUR" },
      workflowVersion: "1",
      graphHash: workflow.graphHash,
      vars: { cents: 500, currency: "EUR", _limits: { max_iterations: 7 } },
    });
    expect(await world.kinds("order-7")).toEqual(["created", "entered", "ended"]);
  });

  it("fails a run whose input is none for its workflow, and says why", async () => {
    const world = newWorld();
    const run = await clientOf(world).start("order", { input: { cents: "many" }, id: "run" });
    await world.runtime({ workflows: [order()] }).tick("run");
    const state = await world.state("run");
    expect(state).toMatchObject({
      status: "failed",
      vars: { cents: "many" },
      error: { code: "schema_mismatch", message: expect.stringContaining("vars.cents") },
    });
    expect(await codeOf(run.result())).toBe("run_failed");
    expect(await world.kinds("run")).toEqual(["created", "ended"]);
  });

  it("leaves a run to the version that it names", async () => {
    const world = newWorld();
    const run = await clientOf(world).start("order", {
      input: { cents: 1 },
      id: "run",
      version: "2",
    });
    const first = world.runtime({ workflows: [order("1")] });
    expect((await first.claimDue({ limit: 1 })).runs).toEqual([]);
    await expect(first.tick("run")).rejects.toMatchObject({
      code: "workflow_changed",
      message: expect.stringContaining("only be started by version 2"),
    });
    expect((await run.state()).seq).toBe(1);
    const both = world.runtime({ workflows: [order("2"), order("3")] });
    const { runs } = await both.claimDue({ limit: 1 });
    await runs[0]?.drive();
    expect(await run.result()).toEqual({ version: "2", said: "1 EUR" });
  });

  it("begins with the latest version where none is named", async () => {
    const world = newWorld();
    const run = await clientOf(world).start("order", { input: { cents: 1 } });
    await world.runtime({ workflows: [order("1"), order("2")] }).tick(run.runId);
    expect(await run.result()).toMatchObject({ version: "2" });
  });

  it("leaves a run alone where its workflow is not known", async () => {
    const world = newWorld();
    await clientOf(world).start("order", { id: "run" });
    expect(await codeOf(world.runtime({ workflows: [asks] }).tick("run"))).toBe(
      "workflow_not_registered",
    );
    expect((await world.state("run")).seq).toBe(1);
  });

  it("returns the run that has the id, if it was started alike", async () => {
    const world = newWorld();
    const client = clientOf(world);
    const alike = { id: "run", input: { cents: 5 } };
    await client.start("order", alike);
    expect((await client.start("order", alike)).runId).toBe("run");
    for (const other of [{ cents: 6 }, { cents: 5, _limits: { max_tokens: 1 } }])
      expect(await codeOf(client.start("order", { id: "run", input: other }))).toBe("run_exists");
    expect(await codeOf(client.start("asks", alike))).toBe("run_exists");
    expect(await codeOf(client.start("order", { ...alike, version: "1" }))).toBe("run_exists");
    await world.runtime({ workflows: [order()] }).tick("run");
    expect((await client.start("order", alike)).runId).toBe("run");
    expect((await client.listRuns({ workflowId: "order" })).items).toHaveLength(1);
  });

  it("is the same start as one with the code, in both orders", async () => {
    const world = newWorld();
    const client = clientOf(world);
    const runtime = world.runtime();
    await client.start("order", { id: "first", input: { cents: 5 } });
    const first = await runtime.start(order(), { id: "first", vars: { cents: 5 } });
    expect(await first.result()).toEqual({ version: "1", said: "5 EUR" });
    const other = runtime.start(order(), { id: "first", vars: { cents: 6 } });
    expect(await codeOf(other)).toBe("run_exists");
    await runtime.start(asks, { id: "second", drive: false });
    expect((await client.start("asks", { id: "second" })).runId).toBe("second");
    expect(await codeOf(client.start("asks", { id: "second", input: { a: 1 } }))).toBe(
      "run_exists",
    );
    await client.start("order", { id: "third", input: { cents: "x" }, version: "2" });
    for (const vars of [{ cents: 1 }])
      expect(await codeOf(runtime.start(order("2"), { id: "third", vars }))).toBe("run_exists");
    const wrong = runtime.start(order("3"), { id: "third", vars: { cents: 1 } });
    expect(await codeOf(wrong)).toBe("run_exists");
  });

  it("can be cancelled, paused and forked before it begins", async () => {
    const world = newWorld();
    const client = clientOf(world);
    const input = { cents: 5 };
    const [cancelled, paused, forked] = [
      await client.start("order", { id: "cancelled", input }),
      await client.start("order", { id: "paused", input }),
      await client.start("order", { id: "forked", input }),
    ];
    expect((await cancelled.cancel("no more")).status).toBe("cancelled");
    expect(await codeOf(cancelled.result())).toBe("run_cancelled");
    await paused.pause();
    const runtime = world.runtime({ workflows: [order()] });
    expect((await runtime.claimDue({ limit: 5 })).runs.map(({ runId }) => runId)).toEqual([
      "forked",
    ]);
    await paused.unpause();
    await world.clock.advance(60_000);
    for (const id of ["paused", "forked"]) await runtime.tick(id);
    expect(await paused.result()).toMatchObject({ said: "5 EUR" });
    const copy = await runtime.fork("forked", {
      atSeq: 1,
      effects: "ask",
      vars: { cents: 6 },
    });
    expect(await copy.result()).toMatchObject({ said: "6 EUR" });
    await world.state(copy.runId);
    await world.state("forked");
    expect(forked.runId).toBe("forked");
  });
});

describe("a client", () => {
  it("answers, emits, settles limits and reads, and never drives", async () => {
    const world = newWorld();
    const client = clientOf(world);
    const driver = world.runtime({ workflows: [asks, listens] });
    const asking = await client.start<string>("asks");
    const hearing = await client.start<string>("listens", { sessionId: "s-1", input: { n: 1 } });
    for (const { runId } of [asking, hearing]) await driver.tick(runId);
    const { waiting } = await asking.state();
    const waitId = waiting?.waitId ?? "";
    expect(await codeOf(asking.resume("no", { waitId }))).toBe("invalid_answer");
    await asking.resume("yes", { waitId, by: "ada" });
    const told = { scope: "session", sessionId: "s-1", eventId: "e-1" } as const;
    expect(await client.emitEvent("go", "went", told)).toEqual({
      deliveredTo: [hearing.runId],
      kept: false,
    });
    await client.updateLimits(hearing.runId, { max_tokens: 9 });
    for (const run of [asking, hearing]) expect((await run.state()).status).toBe("waiting");
    for (const { runId } of [asking, hearing]) await driver.tick(runId);
    expect(await asking.result()).toBe("yes");
    expect(await hearing.result()).toBe("went");
    expect((await hearing.ledger()).map(({ kind }) => kind)).toContain("answered");
    const ids: string[] = [];
    for await (const { runId } of client.runs({ status: "completed" })) ids.push(runId);
    expect(ids.toSorted()).toEqual([asking.runId, hearing.runId].toSorted());
    expect((await client.getState(hearing.runId)).vars["_limits"]).toMatchObject({ max_tokens: 9 });
    expect((await client.getLedger(asking.runId, { limit: 1 })).length).toBe(1);
  });

  it("settles what nobody knows the outcome of", async () => {
    const world = newWorld();
    const client = clientOf(world);
    const runtime = world.runtime({ workflows: [order()] });
    const run = await client.start("order", { id: "run", input: { cents: 1 } });
    for (let claim = 0; claim < 10; claim += 1) {
      await world.store.claimDue({
        owner: "dead",
        leaseMs: 1,
        limit: 1,
        leaseIds: [`dead-${claim}`],
      });
      await world.clock.advance(1);
    }
    await runtime.tick("run");
    const { waiting } = await run.state();
    expect(waiting?.gate).toBe("stuck");
    await run.settle(waiting?.waitId ?? "", "not_happened", { by: "ada" });
    await runtime.tick("run");
    expect(await run.result()).toMatchObject({ said: "1 EUR" });
    expect((await world.state("run")).status).toBe("completed");
  });

  it("waits for a result that another process makes, and follows the run", async () => {
    const world = newWorld();
    const run = await clientOf(world).start<{ said: string }>("order", { input: { cents: 1 } });
    const result = run.result({ timeoutMs: 60_000 });
    const kinds: string[] = [];
    const watching = (async () => {
      for await (const event of run.watch())
        if (event.type === "record") kinds.push(event.record.kind);
    })();
    await world.clock.advance(5_000);
    await world.runtime({ workflows: [order()] }).tick(run.runId);
    await world.clock.advance(1_000);
    expect((await result).said).toBe("1 EUR");
    await watching;
    expect(kinds).toEqual(["created", "entered", "ended"]);
  });

  it("stops waiting for a result when time is up or its caller gives up, and the run goes on", async () => {
    const world = newWorld();
    const sleeps = defineWorkflow({
      id: "sleeps",
      entry: "sleep",
      nodes: {
        sleep: () => waitUntil({ afterMs: 60_000, next: "end" }),
        end: () => complete("up"),
      },
    });
    const runtime = world.runtime({ workflows: [sleeps] });
    const run = await clientOf(world).start("sleeps");
    await runtime.tick(run.runId);
    const late = codeOf(run.result({ timeoutMs: 2_500 }));
    const caller = new AbortController();
    const options = { signal: caller.signal, timeoutMs: 9_000 };
    const given = run.result(options).catch((error: unknown) => String(error));
    await world.clock.advance(2_500);
    expect(await late).toBe("result_timeout");
    caller.abort(new Error("never mind"));
    expect(await given).toBe("Error: never mind");
    expect(await codeOf(run.result({ timeoutMs: -1 }))).toBe("invalid_argument");
    await world.clock.advance(60_000);
    await runtime.tick(run.runId);
    expect(await run.result({ timeoutMs: 0 })).toBe("up");
  });

  it("refuses what it can't use, and closes what it was given", async () => {
    const world = newWorld();
    const { store, clock } = world;
    expect(() => createClient({ store, workflows: [] } as never)).toThrow(/no such option/);
    expect(() => createClient({} as never)).toThrow(/DurableStore/);
    const kept = clientOf(world);
    await kept.close();
    expect(await codeOf(kept.start("order"))).toBe("runtime_closed");
    await store.load("nobody");
    {
      await using closing = createClient({ store, clock });
      await closing.start("order", { id: "last" });
    }
    expect(await codeOf(store.load("last"))).toBe("store_closed");
  });
});
