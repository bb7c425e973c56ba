import {
  complete,
  defineEffect,
  defineWorkflow,
  isEnded,
  MemoryStore,
  Runtime,
  startSubworkflow,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import { crashAt, FaultStore, sequentialIds, VirtualClock } from "@abstractruntime/testkit";
import { expect, it } from "vitest";
import { Scheduler } from "../src/index.ts";

const child = defineWorkflow({
  id: "child",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 2_000, next: "work" }),
    work: () => ({ effect: { type: "flaky", resultKey: "worked" }, nextNode: "end" }),
    end: (run) => complete(run.vars.worked),
  },
});
const everything = defineWorkflow({
  id: "everything",
  entry: "delegate",
  nodes: {
    delegate: () => startSubworkflow({ workflow: "child", next: "listen", resultKey: "child" }),
    listen: () => waitEvent({ key: "news", timeoutMs: 3_600_000, next: "work", resultKey: "news" }),
    work: () => ({ effect: { type: "flaky", resultKey: "worked" }, nextNode: "late" }),
    late: () => waitEvent({ key: "never", timeoutMs: 5_000, next: "end", resultKey: "late" }),
    end: (run) => complete({ news: run.vars.news, worked: run.vars.worked, late: run.vars.late }),
  },
});

/** One life: a process dies at its `at`-th write, and another goes on over the same store. */
async function crash(at: number, when: "before" | "after"): Promise<boolean> {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  const committed = new Map<string, number>();
  const tries = new Map<string, number>();
  const flaky = defineEffect({
    type: "flaky",
    replay: "idempotent",
    retry: { maxAttempts: 20 },
    perform: async (_payload: unknown, { runId, stepId, idempotencyKey }) => {
      const ends = (await store.records(runId)).filter(
        (record) => record.kind === "completed" && record.stepId === stepId,
      );
      if (ends.length > 0) committed.set(stepId, ends.length); // executed after its end was committed
      const tried = (tries.get(idempotencyKey) ?? 0) + 1;
      tries.set(idempotencyKey, tried);
      if (tried === 1) throw new Error("the first try fails");
      return "worked";
    },
  });
  const start = (plan?: ReturnType<typeof crashAt>, seed = 1) => {
    const seen = new FaultStore(store, { clock, ...(plan && { plan }) });
    const ids = sequentialIds(seed);
    const workflows = [everything, child];
    const runtime = new Runtime({ store: seen, clock, ids, workflows, effects: [flaky] });
    const scheduler = new Scheduler({ runtime, clock, pollIntervalMs: 60_000 });
    scheduler.start();
    return { seen, runtime };
  };
  const outside = new Runtime({ store, clock, ids: sequentialIds(9), workflows: [everything] });
  await outside.start(everything, { id: "run", drive: false });
  const first = start(crashAt(at, when));
  for (let n = 0; n < 3; n += 1) {
    await clock.advance(1_500);
    if (n === 1) await outside.emitEvent("news", "good", { eventId: "once", drive: false });
  }
  start(undefined, 2);
  await clock.advance(200_000);
  const { run } = (await store.load("run")) ?? {};
  expect(run?.output).toEqual({ news: "good", worked: "worked", late: { timed_out: true } });
  for (const { run: each } of (await store.list()).items) expect(isEnded(each)).toBe(true);
  expect(committed.size).toBe(0);
  return first.seen.crashed;
}

it.each(["before", "after"] as const)(
  "whatever write a scheduler's process dies %s, another one brings every run to the same end",
  async (when) => {
    let at = 1;
    while (await crash(at, when)) at += 1;
    expect(at).toBeGreaterThan(15);
  },
);
