import {
  complete,
  defineEffect,
  defineWorkflow,
  goto,
  MemoryStore,
  ref,
  Runtime,
  type RunQuery,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../core/test/world.ts";
import { sequentialIds, VirtualClock } from "../../src/index.ts";
import { CountingStore } from "../support/counting-store.ts";

const echo = defineEffect({ type: "echo", replay: "safe", perform: () => "said" });

/** A loop of effect steps, over vars of any size. */
const loop = defineWorkflow({
  id: "loop",
  entry: "work",
  nodes: {
    work: (run) => {
      run.vars.n = (run.vars.n ?? 0) + 1;
      return run.vars.n > run.vars.steps ? goto("end") : echo({}, { next: "work" });
    },
    end: () => complete(null),
  },
});

const newRuntime = (store: MemoryStore) =>
  new Runtime({
    store,
    effects: [echo],
    clock: new VirtualClock(),
    ids: sequentialIds(),
    owner: "owner",
  });

/** Written per effect step of a loop, without its first and last commit. */
async function writtenPerStep(steps: number, vars: object = {}): Promise<CountingStore> {
  const store = new CountingStore();
  await newRuntime(store).start(loop, { vars: { ...vars, steps } });
  store.written.splice(0, 1);
  store.written.splice(-1);
  return store;
}

describe("growth", () => {
  it("0.2.0 D12: a step reads nothing of the ledger, however long it is", async () => {
    const store = await writtenPerStep(1_000);
    expect(store.written).toHaveLength(998);
    expect(store.recordsRead).toBe(0);
    expect(store.listed).toBe(0);
  });

  it("0.2.0 D12: the thousandth step writes as much as the tenth", async () => {
    const { written } = await writtenPerStep(1_000);
    const [tenth = 0, last = 0] = [written[9], written.at(-1)];
    // Ordinals and counters have more digits.
    expect(last - tenth).toBeLessThan(30);
  });

  it("0.2.0 D58: a step writes its change, not the state", async () => {
    const small = await writtenPerStep(20);
    const large = await writtenPerStep(20, { ballast: "x".repeat(1_000_000) });
    expect(large.written).toEqual(small.written);
  });

  it("0.2.0 D58: a thousand transitions without effects are a handful of commits", async () => {
    const store = new CountingStore();
    const walk = defineWorkflow({
      id: "walk",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.n = (run.vars.n ?? 0) + 1;
          return run.vars.n < 1_000 ? goto("a") : complete(run.vars.n);
        },
      },
    });
    const vars = { ballast: "x".repeat(100_000) };
    const run = await newRuntime(store).start(walk, { vars });
    expect(await run.result()).toBe(1_000);
    expect(store.written.length).toBeLessThan(5);
  });

  it("0.2.0 D12: a history that grows is not copied into the ledger at every call", async () => {
    const store = new CountingStore();
    const chat = defineWorkflow({
      id: "chat",
      entry: "ask",
      nodes: {
        ask: () => echo({ messages: ref("messages") }, { resultKey: "said", next: "note" }),
        note: (run) => {
          run.vars.messages.push(run.vars.said.padEnd(1_000, "."));
          return run.vars.messages.length < 50 ? goto("ask") : complete(null);
        },
      },
    });
    await newRuntime(store).start(chat, { vars: { messages: [] } });
    const [early = 0, late = 0] = [store.written[5], store.written.at(-2)];
    expect(late - early).toBeLessThan(30);
  });

  it("0.2.0 D37: lists have pages that lose nothing and repeat nothing", async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const runtime = new Runtime({ store, clock, ids: sequentialIds(), effects: [echo] });
    for (let n = 0; n < 25; n += 1) {
      await runtime.start(loop, { id: `run-${n}`, drive: false });
      if (n % 3 === 0) await clock.advance(1);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await runtime.listRuns({ limit: 7, ...(cursor !== undefined && { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items.map(({ runId }) => runId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
    for (const limit of [-1, 0, 1.5, 1_001])
      expect(await codeOf(runtime.listRuns({ limit }))).toBe("invalid_argument");
  });

  it("0.2.0 D37: lists know actors, sessions, parents and times", async () => {
    const clock = new VirtualClock({ startAt: "2026-05-01T00:00:00Z" });
    const store = new MemoryStore({ clock });
    const runtime = new Runtime({ store, clock, ids: sequentialIds(), effects: [echo] });
    const drive = false;
    await runtime.start(loop, { id: "early", actorId: "ada", sessionId: "s1", drive });
    await clock.advance(60_000);
    await runtime.start(loop, { id: "late", actorId: "bob", sessionId: "s1", drive });
    await runtime.start(loop, { id: "below", parentRunId: "late", drive });
    const found = async (query: RunQuery) =>
      (await runtime.listRuns(query)).items.map(({ runId }) => runId).toSorted();
    expect(await found({ actorId: "ada" })).toEqual(["early"]);
    expect(await found({ sessionId: "s1" })).toEqual(["early", "late"]);
    expect(await found({ sessionId: "s1", actorId: "bob" })).toEqual(["late"]);
    expect(await found({ parentRunId: "late" })).toEqual(["below"]);
    expect(await found({ createdAfter: "2026-05-01T02:01:00+02:00" })).toEqual(["below", "late"]);
    expect(await found({ createdBefore: "2026-05-01T00:01:00Z" })).toEqual(["early"]);
    expect(await found({ updatedAfter: "2027-01-01T00:00:00Z" })).toEqual([]);
  });
});
