import {
  complete,
  defineWorkflow,
  MemoryStore,
  Runtime,
  type RunState,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../clock/virtual-clock.ts";
import { sequentialIds } from "../ids/sequential-ids.ts";
import { scriptedEffect, type ScriptedEffect } from "./scripted-effect.ts";

const clock = (): VirtualClock => new VirtualClock();

/** Does the effect `times` times, one after another. */
function world(effect: ScriptedEffect<"work">, time: VirtualClock, times = 1) {
  const workflow = defineWorkflow({
    id: "works",
    entry: "work",
    nodes: {
      work: (run) => {
        run.vars.done = (run.vars.done ?? 0) + 1;
        const next = run.vars.done < times ? "work" : "end";
        return effect({ n: run.vars.done }, { next, resultKey: `r${run.vars.done}` });
      },
      end: (run) => complete([run.vars.r1, run.vars.r2 ?? null]),
    },
  });
  const store = new MemoryStore({ clock: time });
  const runtime = new Runtime({ store, clock: time, ids: sequentialIds(), effects: [effect] });
  return { runtime, workflow };
}

async function endOf(
  effect: ScriptedEffect<"work">,
  time: VirtualClock,
  times?: number,
): Promise<RunState> {
  const { runtime, workflow } = world(effect, time, times);
  const { runId } = await runtime.start(workflow, { drive: false });
  const ended = runtime.run(runId);
  await time.advance(100_000);
  return ended;
}

describe("scriptedEffect", () => {
  it("ends call by call as its script says, and repeats its last word", async () => {
    const outcomes = [{ result: "one" }, { error: "not now" }, { result: "two" }] as const;
    const work = scriptedEffect({ type: "work", retry: { maxAttempts: 2 }, outcomes });
    expect(await endOf(work, clock(), 2)).toMatchObject({ output: ["one", "two"] });
    expect(work.calls.map(({ attempt, payload }) => [attempt, payload])).toEqual([
      [1, { n: 1 }],
      [1, { n: 2 }],
      [2, { n: 2 }],
    ]);
    expect(await endOf(work, clock())).toMatchObject({ output: ["two", null] });
  });

  it("counts for each step apart when told to", async () => {
    const outcomes = [{ error: "first" }, { result: 1 }] as const;
    const retry = { maxAttempts: 2 };
    const work = scriptedEffect({ type: "work", retry, outcomes, countsPer: "step" });
    expect(await endOf(work, clock(), 2)).toMatchObject({ status: "completed" });
    expect(work.calls).toHaveLength(4);
  });

  it("decides by payload and call", async () => {
    const work = scriptedEffect({
      type: "work",
      outcomes: (payload, { number, context }) => ({
        result: [payload, number, context.attempt],
      }),
    });
    expect(await endOf(work, clock())).toMatchObject({ output: [[{ n: 1 }, 1, 1], null] });
  });

  it("fails for good, for certain and no sooner than it says", async () => {
    const later = scriptedEffect({
      type: "work",
      replay: "never",
      retry: { maxAttempts: 3 },
      outcomes: [
        { error: "busy", certain: true, retryAfterMs: 30_000 },
        { error: "no", certain: true, final: true },
      ],
    });
    const ended = await endOf(later, clock());
    expect(ended).toMatchObject({ status: "failed", error: { code: "effect_failed" } });
    expect(ended.updatedAt).toBe("2026-01-01T00:00:30.000Z");
  });

  it("takes its time by the clock", async () => {
    const time = clock();
    const work = scriptedEffect({
      type: "work",
      outcomes: [{ result: 1, afterMs: 5_000 }],
      clock: time,
    });
    expect((await endOf(work, time)).updatedAt).toBe("2026-01-01T00:00:05.000Z");
  });

  it("says that it has no clock", async () => {
    const work = scriptedEffect({ type: "work", outcomes: [{ result: 1, afterMs: 5 }] });
    const message = "Effect failed after 1 attempts: script of work: afterMs needs a clock";
    expect(await endOf(work, clock())).toMatchObject({ error: { message } });
  });

  it("hangs until it is stopped, and waits as it is told", async () => {
    const outcomes = [{ hangs: true }, { wait: { prompt: "?" } }] as const;
    const work = scriptedEffect({
      type: "work",
      timeoutMs: 50,
      retry: { maxAttempts: 2 },
      outcomes,
    });
    const waiting = await endOf(work, clock());
    expect(waiting).toMatchObject({ status: "waiting", waiting: { reason: "job", prompt: "?" } });
    expect(work.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});
