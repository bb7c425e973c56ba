import {
  complete,
  defineWorkflow,
  MemoryStore,
  waitEvent,
  waitUntil,
  type Change,
  type DurableStore,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { scriptedEffect } from "../effects/scripted-effect.ts";
import { simulate, SimulationError } from "./simulate.ts";
import type { SimulationOptions } from "./simulation-options.ts";

const order = defineWorkflow({
  id: "order",
  entry: "pay",
  nodes: {
    pay: () => waitEvent({ key: "paid", next: "ship", timeoutMs: 60_000, timeoutNode: "drop" }),
    ship: () => ({ effect: { type: "ship" }, nextNode: "rest" }),
    rest: () => waitUntil({ afterMs: 1_000, next: "shipped" }),
    shipped: () => complete("shipped"),
    drop: () => complete("dropped"),
  },
});

function options(more: Partial<SimulationOptions> = {}): SimulationOptions {
  return {
    seed: 4,
    workflows: [order],
    effects: ({ clock }) => [
      scriptedEffect({
        type: "ship",
        replay: "never",
        clock,
        outcomes: [{ result: null, afterMs: 20_000 }],
      }),
    ],
    outside: ({ runId, waiting: { gate, waitId } }) =>
      gate === null ? [] : [{ kind: "settle", runId, waitId, verdict: { happened: null } }],
    start: [{ workflow: order, id: "root" }],
    actions: [{ kind: "event", key: "paid", payload: null, runId: "root", afterMs: 2_000 }],
    ...more,
  };
}

/** A lie that a store tells, planted into a good one. */
type Lie = (store: MemoryStore) => Partial<DurableStore>;

/** Says that it wrote some changes, and does not. */
function forgetting(store: MemoryStore, isForgotten: (change: Change) => boolean): ReturnType<Lie> {
  const commit = store.commit.bind(store);
  return {
    commit: async (change) =>
      isForgotten(change) ? { inboxSeq: change.inboxSeq, messages: [] } : commit(change),
  };
}

async function violationsOf(lie: Lie, more?: Partial<SimulationOptions>): Promise<string> {
  const store: SimulationOptions["store"] = (clock) => {
    const good = new MemoryStore({ clock });
    return Object.assign(good, lie(good));
  };
  try {
    await simulate(options({ ...more, store }));
  } catch (error) {
    if (error instanceof SimulationError) return error.violations.join("\n");
    throw error;
  }
  return "nothing";
}

describe("simulate", () => {
  it("tells how runs ended, what was executed and what crashed", async () => {
    const report = await simulate(options({ crashes: [{ call: 9, when: "after" }] }));
    expect(report.ends["root"]).toMatchObject({ status: "completed", output: "shipped" });
    expect(report.executions[0]).toMatchObject({ runId: "root", effectType: "ship", attempt: 1 });
    expect(report.crashes).toMatchObject([{ call: 9, when: "after" }]);
    expect(report.runs.get("root")?.ledger.length).toBeGreaterThan(5);
    expect(report.refusals).toEqual([]);
  });

  it("repeats itself for one seed, and differs for another", async () => {
    const traceOf = async (seed: number) => (await simulate(options({ seed, crashes: 3 }))).trace;
    expect(await traceOf(1)).toEqual(await traceOf(1));
    expect(await traceOf(1)).not.toEqual(await traceOf(2));
  });

  it("lets a run that nobody answers time out in no time", async () => {
    const report = await simulate(options({ actions: [] }));
    expect(report.ends["root"]).toMatchObject({ output: "dropped" });
    expect(report.virtualMs).toBeGreaterThanOrEqual(60_000);
  });

  it("does to runs what is asked from outside", async () => {
    const pauses = [
      { kind: "pause", runId: "root", afterMs: 5_000 },
      { kind: "unpause", runId: "root", afterMs: 90_000 },
      { kind: "cancel", runId: "root", reason: "enough", afterMs: 95_000 },
    ] as const;
    const report = await simulate(options({ actions: pauses }));
    expect(report.runs.get("root")?.run).toMatchObject({ status: "completed", output: "dropped" });
    const cancelled = await simulate(options({ actions: [{ ...pauses[2], afterMs: 10 }] }));
    expect(cancelled.runs.get("root")?.run).toMatchObject({ error: { message: "enough" } });
  });

  it("names its seed when it fails", async () => {
    const lost: Lie = () => ({ deliver: async () => "accepted" });
    const store: SimulationOptions["store"] = (clock) => {
      const good = new MemoryStore({ clock });
      return Object.assign(good, lost(good));
    };
    await expect(simulate(options({ seed: 77, store }))).rejects.toThrow(/^seed 77: /);
  });

  it.each<[string, Lie, RegExp]>([
    [
      "loses what it accepted",
      () => ({ deliver: async () => "accepted" }),
      /was accepted, and is lost/,
    ],
    [
      "hides a record",
      (store) => {
        const records = store.records.bind(store);
        return {
          records: async (...args) =>
            (await records(...args)).filter(({ kind }) => kind !== "timed_out"),
        };
      },
      /the fold of the ledger is not the state/,
    ],
    [
      "forgets that an answer came",
      (store) =>
        forgetting(store, ({ records }) => records.some(({ kind }) => kind === "answered")),
      /comes to no rest/,
    ],
    [
      "forgets that an effect began",
      (store) => forgetting(store, ({ records }) => records[0]?.kind === "begun"),
      /executed \(attempt 1\) while the ledger has it as ready/,
    ],
    [
      "never wakes a run that was given back",
      (store) => {
        const commit = store.commit.bind(store);
        return { commit: async (change) => commit({ ...change, wakeAt: null }) };
      },
      /is running, and nobody drives it/,
    ],
  ])("objects to a store that %s", async (_, lie, violation) => {
    const faults = { delayed: 0.2 };
    const found: string[] = [];
    for (let seed = 1; seed <= 10; seed += 1)
      found.push(await violationsOf(lie, { seed, faults, drivers: 3, maxCalls: 300 }));
    expect(found.filter((text) => text !== "nothing").join("\n")).toMatch(violation);
  });
});
