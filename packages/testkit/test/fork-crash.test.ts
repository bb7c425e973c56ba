import {
  askUser,
  combineStores,
  complete,
  defineEffect,
  defineWorkflow,
  MemoryLedgerStore,
  MemoryRunStore,
  MemoryStore,
  Runtime,
  startSubworkflow,
  type DurableStore,
} from "@abstractruntime/core";
import { foldRun } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { crashAt, FaultStore, sequentialIds, VirtualClock } from "../src/index.ts";
import { dumpStore } from "./bad-input/dump-store.ts";

const note = defineEffect({ type: "note", replay: "idempotent", perform: () => "noted" });

const child = defineWorkflow({
  id: "child",
  entry: "a",
  nodes: { a: () => complete("of the child") },
});

const work = defineWorkflow({
  id: "work",
  entry: "a",
  nodes: {
    a: () => note({}, { resultKey: "note", next: "b" }),
    b: () => startSubworkflow({ workflow: "child", resultKey: "child", next: "c" }),
    c: () => askUser({ prompt: "?", resultKey: "answer", next: "d" }),
    d: (run) => complete([run.vars.note, run.vars.child.output, run.vars.answer]),
  },
});

/** A store in which a run waits, after it has done something. */
async function prepared(store: DurableStore, clock: VirtualClock): Promise<string> {
  await using runtime = runtimeOver(store, clock, 1);
  await runtime.start(work, { id: "origin" });
  return dumpStore(store);
}

function runtimeOver(store: DurableStore, clock: VirtualClock, seed: number): Runtime {
  const workflows = [work, child];
  const ids = sequentialIds(seed);
  return new Runtime({ store, clock, ids, workflows, effects: [note], closesStore: false });
}

const stores = [
  ["of one piece", (clock: VirtualClock) => new MemoryStore({ clock })],
  [
    "of two halves",
    (clock: VirtualClock) =>
      combineStores({ runs: new MemoryRunStore({ clock }), ledger: new MemoryLedgerStore() }),
  ],
] as const;

describe.each(stores)("a fork in a store %s", (_, open) => {
  it.each(["before", "after"] as const)(
    "is made once, and goes on, when its maker dies %s each write in turn",
    async (when) => {
      for (const atSeq of [2, 3, 5, 7]) {
        let crashes = 0;
        for (let at = 1; ; at += 1) {
          const clock = new VirtualClock();
          const store = open(clock);
          const before = await prepared(store, clock);
          const fragile = new FaultStore(store, { clock, plan: crashAt(at, when) });
          const options = { id: "fork", atSeq, effects: "rerun" } as const;
          const dying = runtimeOver(fragile, clock, 2);
          void dying.fork("origin", options).catch(() => undefined);
          await clock.advance(0);
          crashes += fragile.crashed ? 1 : 0;
          await clock.advance(60_000);
          await using runtime = runtimeOver(store, clock, 3);
          const fork = await runtime.fork("origin", options);
          const waiting = await runtime.run("fork");
          await fork.resume("yes", { waitId: waiting.waiting?.waitId ?? "" });
          expect(await fork.result()).toEqual(["noted", "of the child", "yes"]);
          expect(foldRun(await fork.ledger())).toEqual(await fork.state());
          expect((await store.list({ workflowId: "work" })).items).toHaveLength(2);
          const { items } = await store.listChildren("fork");
          expect(items).toHaveLength(atSeq < 7 ? 1 : 0);
          const after = await dumpStore(store);
          for (const line of before.split("\n")) expect(after).toContain(line);
          if (!fragile.crashed) break;
        }
        expect(crashes).toBeGreaterThan(1);
      }
    },
  );

  it("is found again when the answer to its creation was lost", async () => {
    const clock = new VirtualClock();
    const store = open(clock);
    await prepared(store, clock);
    const faulty = new FaultStore(store, { clock });
    faulty.inject("create", { kind: "fail_after" });
    const runtime = runtimeOver(faulty, clock, 2);
    const forking = runtime.fork("origin", { effects: "ask" });
    await clock.advance(1_000);
    const fork = await forking;
    expect((await fork.state()).status).toBe("waiting");
    expect((await store.list({ workflowId: "work" })).items).toHaveLength(2);
  });
});
