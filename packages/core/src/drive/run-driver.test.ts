import { describe, expect, it } from "vitest";
import { FaultStore } from "../../../testkit/src/faults/fault-store.ts";
import { handHeld, newWorld, type HandHeld, type World } from "../../test/world.ts";
import { defineEffect } from "../effect/define-effect.ts";
import { EffectError } from "../effect/effect-error.ts";
import { waitFor } from "../effect/wait-request.ts";
import { DefaultEffectPolicy } from "../policy/effect-policy.ts";
import type { ReplayContract } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { complete, goto } from "../step/plan-helpers.ts";
import type { Plan } from "../step/plan.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const work = (next: string, payload = {}): Plan => ({
  effect: { type: "work", payload, resultKey: "result" },
  nextNode: next,
});

/** One effect of type `work`, then the end with its result. */
const one = defineWorkflow<string>({
  id: "one",
  entry: "first",
  nodes: { first: () => work("last"), last: (run) => complete(run.vars.result) },
});

/** Start the workflow up to its hand-held effect; the driving goes on in the background. */
async function startHeld(world: World, runtime: Runtime): Promise<void> {
  runtime.start(one, { id: "run" }).catch(() => {});
  await world.settle();
}

/** Abort a tick while its attempt is out, as a shutdown does. */
async function interruptOnce(world: World, runtime: Runtime): Promise<void> {
  const stop = new AbortController();
  const tick = runtime.tick("run", { signal: stop.signal });
  tick.catch(() => {});
  await world.settle();
  stop.abort(new Error("SIGTERM"));
  await tick.catch(() => {});
}

function gateOf(run: RunState): string {
  if (run.waiting?.gate == null) throw new Error(`the run is ${run.status}, before no gate`);
  return run.waiting.waitId;
}

describe("the cost of a run", () => {
  const times = (effects: number) =>
    defineWorkflow<string>({
      id: "loop",
      entry: "loop",
      nodes: {
        loop: (run) => {
          run.vars.n = (run.vars.n ?? 0) + 1;
          return run.vars.n > effects ? complete(run.vars.n) : work("between", { n: run.vars.n });
        },
        between: () => goto("loop"),
      },
    });

  it.each([0, 1, 2, 10])("is N + 1 commits for %i effects", async (effects) => {
    const world = newWorld();
    const runtime = world.runtime({
      effects: [defineEffect({ type: "work", replay: "safe", perform: () => "done" })],
    });
    const { runId } = await runtime.start(times(effects));
    expect(world.store.writesOf(runId)).toBe(effects + 1);
    expect((await world.state(runId)).status).toBe("completed");
  });

  it("is one more for each effect that must never be repeated, and for a starter that does not drive", async () => {
    const world = newWorld();
    const runtime = world.runtime({
      effects: [defineEffect({ type: "work", replay: "never", perform: () => "done" })],
    });
    const { runId } = await runtime.start(times(3));
    expect(world.store.writesOf(runId)).toBe(7);
    const left = await runtime.start(times(3), { drive: false });
    await left.tick();
    expect(world.store.writesOf(left.runId)).toBe(8);
  });

  it("gives each visit of a loop a key of its own, and all attempts of one visit the same", async () => {
    const world = newWorld();
    const seen: string[] = [];
    const effect = defineEffect({
      type: "work",
      replay: "safe",
      retry: { maxAttempts: 2 },
      perform: (_payload, { attempt, idempotencyKey }) => {
        seen.push(`${attempt} ${idempotencyKey}`);
        if (attempt === 1) throw new Error("once");
      },
    });
    const runtime = world.runtime({ effects: [effect] });
    const handle = await runtime.start(times(2));
    const driven = handle.run();
    await world.clock.runUntilIdle();
    await driven;
    const keys = seen.map((line) => line.slice(2));
    expect(seen.map((line) => line.slice(0, 1))).toEqual(["1", "2", "1", "2"]);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it("commits where an endless graph stands at least every 1,000 gotos, and lets a cancel in", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const endless = defineWorkflow({ id: "endless", entry: "a", nodes: { a: () => goto("a") } });
    world.store.afterCommit = async ({ run }) => {
      if (run.revision === 3)
        await world.store.deliver(run.runId, {
          kind: "cancel",
          messageId: "m",
          by: null,
          sentAt: run.updatedAt,
          reason: "enough",
        });
    };
    const { runId } = await runtime.start(endless, { id: "run" });
    expect(await world.state(runId)).toMatchObject({
      status: "cancelled",
      error: { message: "enough" },
    });
    const moved = (await world.store.records(runId)).filter((record) => record.kind === "moved");
    expect(moved.length).toBeGreaterThanOrEqual(3);
    for (const record of moved) expect(record).toMatchObject({ path: { length: 1_000 } });
  });
});

describe("a handler that hangs after an effect", () => {
  it("lets the effect's end be committed alone after 100 ms, so that it is not performed again", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const hung = Promise.withResolvers<void>();
    const workflow = defineWorkflow<string>({
      id: "one",
      entry: "first",
      nodes: {
        first: () => work("last"),
        last: async (run) => {
          await hung.promise;
          return complete(run.vars.result);
        },
      },
    });
    const runtime = world.runtime({ effects: [effect] });
    const driving = runtime.start(workflow, { id: "run" });
    await world.settle();
    effect.calls[0]?.resolve("done");
    await world.clock.advance(99);
    expect(await world.kinds("run")).toEqual(["created", "begun"]);
    await world.clock.advance(1);
    expect(await world.kinds("run")).toEqual(["created", "begun", "completed"]);
    hung.resolve();
    await driving;
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "done" });
    expect(effect.calls).toHaveLength(1);
  });
});

describe("a failing effect", () => {
  const failing = (
    error: () => Error,
    options: { retry?: object; replay?: ReplayContract } = {},
  ) => {
    const attempts: number[] = [];
    const effect = defineEffect({
      type: "work",
      replay: options.replay ?? "safe",
      retry: { maxAttempts: 3, baseMs: 1_000, ...options.retry },
      perform: (_payload, context): string => {
        attempts.push(context.attempt);
        if (attempts.length < 3) throw error();
        return "done";
      },
    });
    return { effect, attempts };
  };

  it("backs off durably: the run is free meanwhile, and anybody may go on", async () => {
    const world = newWorld();
    const { effect, attempts } = failing(() => new Error("broken"));
    const first = world.runtime({ effects: [effect] });
    await first.start(one, { id: "run" });
    expect((await world.state("run")).pending).toMatchObject({
      phase: "ready",
      attempt: 2,
      failures: 1,
    });
    const { head } = (await world.store.load("run"))!;
    expect(head.leaseId).toBeNull();
    expect(Date.parse(head.wakeAt ?? "") - world.clock.now()).toBe(1_000);

    const second = world.runtime({ effects: [effect], workflows: [one] });
    expect((await second.tick("run")).pending?.attempt).toBe(2);
    await world.clock.advance(1_000);
    await second.tick("run");
    await world.clock.advance(2_000);
    expect(await second.tick("run")).toMatchObject({ status: "completed", output: "done" });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("draws jitter from the ids, so that a simulation repeats itself", async () => {
    const world = newWorld();
    const { effect } = failing(() => new Error("broken"), { retry: { jitter: 1 } });
    const ids = { runId: () => "run", token: () => `token-${Math.random()}`, random: () => 0.25 };
    await world.runtime({ effects: [effect], ids }).start(one);
    const { head } = (await world.store.load("run"))!;
    expect(Date.parse(head.wakeAt ?? "") - world.clock.now()).toBe(250);
  });

  it("does not come back before the effect said", async () => {
    const world = newWorld();
    const { effect } = failing(() => new EffectError("slow down", { retryAfterMs: 60_000 }));
    await world.runtime({ effects: [effect] }).start(one, { id: "run" });
    const { head } = (await world.store.load("run"))!;
    expect(Date.parse(head.wakeAt ?? "") - world.clock.now()).toBe(60_000);
  });

  it("is not repeated after a final error", async () => {
    const world = newWorld();
    const { effect, attempts } = failing(
      () => new EffectError("bad request", { code: "bad", final: true }),
    );
    await world.runtime({ effects: [effect] }).start(one, { id: "run" });
    expect(await world.state("run")).toMatchObject({
      status: "failed",
      error: {
        code: "effect_failed",
        message: "Effect failed after 1 attempts: bad request",
        nodeId: "first",
        stepId: "run:1",
        attempt: 1,
        details: { cause: { code: "bad" } },
      },
    });
    expect(attempts).toEqual([1]);
  });

  it("is the runtime's policy's to repeat where the effect does not say", async () => {
    const world = newWorld();
    let calls = 0;
    const effect = defineEffect({
      type: "work",
      replay: "safe",
      perform: () => {
        calls += 1;
        throw new Error("broken");
      },
    });
    const policy = new DefaultEffectPolicy({ attempts: { work: 2 }, baseMs: 10 });
    const handle = await world.runtime({ effects: [effect], policy }).start(one, { id: "run" });
    const driven = handle.run();
    await world.clock.runUntilIdle();
    expect((await driven).status).toBe("failed");
    expect(calls).toBe(2);
  });

  it("fails the run when nobody registered its type", async () => {
    const world = newWorld();
    await world.runtime().start(one, { id: "run" });
    expect(await world.state("run")).toMatchObject({
      status: "failed",
      error: { details: { cause: { code: "effect_not_registered" } } },
    });
  });

  it("fails for good when it waits for what leads to no node of the graph", async () => {
    for (const options of [{ resumeToNode: "nowhere" }, { timeoutMs: 1, timeoutNode: "nowhere" }]) {
      const world = newWorld();
      const effect = handHeld({ type: "work", retry: { maxAttempts: 3 } });
      await startHeld(world, world.runtime({ effects: [effect] }));
      effect.calls[0]?.resolve(waitFor(options));
      await world.settle();
      expect(await world.state("run")).toMatchObject({
        status: "failed",
        error: { details: { cause: { code: "unknown_node" } } },
      });
      expect(effect.calls).toHaveLength(1);
    }
  });

  it("may wait for what leads to a node of the graph", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    await startHeld(world, world.runtime({ effects: [effect] }));
    effect.calls[0]?.resolve(waitFor({ resumeToNode: "last" }));
    await world.settle();
    expect(await world.state("run")).toMatchObject({ status: "waiting" });
  });

  it("times out per attempt, unless it says that it is alive", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work", timeoutMs: 100 });
    await startHeld(world, world.runtime({ effects: [effect] }));
    await world.clock.advance(90);
    effect.calls[0]?.context.heartbeat();
    await world.clock.advance(90);
    expect(effect.calls[0]?.context.signal.aborted).toBe(false);
    await world.clock.advance(10);
    expect(effect.calls[0]?.context.signal.reason).toMatchObject({ interruption: "timeout" });
    expect(await world.state("run")).toMatchObject({
      status: "failed",
      error: { details: { cause: { code: "effect_timeout" } } },
    });
  });
});

describe("an effect of unknown outcome", () => {
  const never = (timeoutMs: number | null = null): HandHeld =>
    handHeld({ type: "work", replay: "never", timeoutMs });

  it.each<[string, (world: World, effect: HandHeld) => Promise<void>]>([
    [
      "an error that is not certain",
      async (_world, effect) => effect.calls[0]?.reject(new Error("reset")),
    ],
    ["a timeout", async (world) => world.clock.advance(100)],
  ])("stops the run after %s", async (_what, end) => {
    const world = newWorld();
    const effect = never(100);
    await startHeld(world, world.runtime({ effects: [effect] }));
    await end(world, effect);
    await world.settle();
    expect(await world.state("run")).toMatchObject({
      status: "waiting",
      waiting: {
        gate: "unknown_outcome",
        details: { idempotency_key: effect.calls[0]?.context.idempotencyKey },
      },
    });
  });

  it("fails like any other when the error is certain", async () => {
    const world = newWorld();
    const effect = never();
    await startHeld(world, world.runtime({ effects: [effect] }));
    effect.calls[0]?.reject(new EffectError("refused", { certain: true }));
    await world.settle();
    expect((await world.state("run")).status).toBe("failed");
  });

  it("stops the run after a crash, and is never performed again by itself", async () => {
    const world = newWorld();
    const effect = never();
    const doomed = new FaultStore(world.store, { clock: world.clock });
    await startHeld(world, world.runtime({ effects: [effect], store: doomed }));
    doomed.partition();
    await world.clock.advance(30_001);
    const other = world.runtime({ effects: [effect], workflows: [one] });
    const run = await other.tick("run");
    expect(run.waiting?.gate).toBe("unknown_outcome");
    expect(effect.calls).toHaveLength(1);
    await other.settle("run", gateOf(run), { happened: "it did" });
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "it did" });
  });

  it("is settled by the late end of the attempt itself", async () => {
    const world = newWorld();
    const effect = never(100);
    const runtime = world.runtime({ effects: [effect] });
    await startHeld(world, runtime);
    await world.clock.advance(100);
    expect(gateOf(await world.state("run"))).toBeTruthy();
    effect.calls[0]?.resolve("late but true");
    await world.settle();
    await runtime.tick("run");
    expect(await world.state("run")).toMatchObject({
      status: "completed",
      output: "late but true",
    });
  });

  it("is settled by a callback that names the wait it was given", async () => {
    const world = newWorld();
    const effect = never(100);
    const runtime = world.runtime({ effects: [effect] });
    await startHeld(world, runtime);
    const waitId = effect.calls[0]?.context.waitId;
    await world.clock.advance(100);
    await runtime.resume("run", "called back", { waitId });
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "called back" });
  });
});

describe("interruptions", () => {
  it.each<[string, (runtime: Runtime) => Promise<unknown>]>([
    ["cancel", (runtime) => runtime.cancelRun("run")],
    ["pause", (runtime) => runtime.pauseRun("run")],
    ["abort", (runtime) => runtime.close()],
  ])("tell the handler of a %s by its signal", async (cause, stop) => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [effect] });
    await startHeld(world, runtime);
    const { signal } = effect.calls[0]!.context;
    await stop(runtime);
    expect(signal.reason).toMatchObject({ name: "AbortError", interruption: cause });
  });

  it("reach an effect that another runtime performs, with its next heartbeat", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    await startHeld(world, world.runtime({ effects: [effect] }));
    const { signal } = effect.calls[0]!.context;
    await world.runtime().cancelRun("run", "from afar");
    expect(signal.aborted).toBe(false);
    await world.clock.advance(10_000);
    expect(signal.reason).toMatchObject({ interruption: "cancel" });
    expect(await world.state("run")).toMatchObject({
      status: "cancelled",
      error: { message: "from afar" },
    });
  });

  it("keep the reason that the caller gave up for", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [effect] });
    const stop = new AbortController();
    const driving = runtime.start(one, { id: "run", signal: stop.signal });
    driving.catch(() => {});
    await world.settle();
    const reason = new Error("SIGTERM");
    stop.abort(reason);
    await expect(driving).rejects.toBe(reason);
    expect(effect.calls[0]?.context.signal.reason).toMatchObject({
      interruption: "abort",
      cause: reason,
    });
    const { run, head } = (await world.store.load("run"))!;
    expect(run).toMatchObject({ status: "running", pending: { phase: "begun", attempt: 1 } });
    expect(head).toMatchObject({ leaseId: null });
    expect(Date.parse(head.wakeAt ?? "")).toBe(world.clock.now());
  });

  it("are counted, and after five of them the run waits for a person", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [effect], workflows: [one] });
    await runtime.start(one, { id: "run", drive: false });
    for (let interruptions = 0; interruptions < 6; interruptions += 1)
      await interruptOnce(world, runtime);
    expect(effect.calls.map(({ context }) => context.attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    const stuck = await runtime.tick("run");
    expect(stuck.waiting).toMatchObject({
      gate: "stuck",
      details: { why: expect.stringContaining("6 times") },
    });

    const settled = runtime.settle("run", gateOf(stuck), "not_happened");
    await world.settle();
    effect.calls[6]?.resolve("at last");
    expect(await settled).toMatchObject({ status: "completed", output: "at last" });
    await world.state("run");
  });

  it("let an effect's end be committed alone, before handlers run again", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [effect], workflows: [one] });
    await runtime.start(one, { id: "run", drive: false });
    await interruptOnce(world, runtime);
    const tick = runtime.tick("run");
    await world.settle();
    effect.calls[1]?.resolve("done");
    await tick;
    const records = await world.store.records("run");
    const [completed, ended] = records.slice(-2);
    expect([completed?.kind, ended?.kind]).toEqual(["completed", "ended"]);
    expect(completed?.last).toBe(true);
  });
});

describe("a run whose drivers die", () => {
  it("is parked after ten claims without a commit, before any user code runs", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [effect], workflows: [one] });
    await runtime.start(one, { id: "run", drive: false });
    for (let claim = 0; claim < 10; claim += 1) {
      const lease = { owner: "doomed", leaseMs: 1_000, limit: 1, leaseIds: [`doomed-${claim}`] };
      await world.store.claimDue(lease);
      await world.clock.advance(1_001);
    }
    const run = await runtime.tick("run");
    expect(run.waiting).toMatchObject({ gate: "stuck", stepId: null });
    expect(effect.calls).toHaveLength(0);
    const settled = runtime.settle("run", gateOf(run), "not_happened");
    await world.settle();
    effect.calls[0]?.resolve("done");
    expect(await settled).toMatchObject({ status: "completed" });
  });
});

describe("a driver that lost its lease", () => {
  async function lost(world: World, effect: HandHeld) {
    const store = new FaultStore(world.store, { clock: world.clock });
    const runtime = world.runtime({ effects: [effect], store });
    await startHeld(world, runtime);
    store.partition();
    await world.clock.advance(30_001);
    expect(effect.calls[0]?.context.signal.reason).toMatchObject({ interruption: "lease_lost" });
    store.heal();
    return runtime;
  }

  it("hands its outcome in, and the step that is still open takes it", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    await lost(world, effect);
    effect.calls[0]?.resolve("done after all");
    await world.settle();
    expect(await world.kinds("run")).toEqual(["created", "begun", "late", "completed"]);
    const other = world.runtime({ effects: [effect], workflows: [one] });
    expect(await other.tick("run")).toMatchObject({
      status: "completed",
      output: "done after all",
    });
    expect(effect.calls).toHaveLength(1);
    await world.state("run");
  });

  it("spares the next driver the call when it is there before that begins", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    await lost(world, effect);
    world.store.beforeCommit = async () => {
      world.store.beforeCommit = () => {};
      effect.calls[0]?.resolve("done after all");
      await world.clock.sleep(1);
    };
    const tick = world.runtime({ effects: [effect], workflows: [one] }).tick("run");
    await world.clock.advance(1);
    expect(await tick).toMatchObject({ status: "completed", output: "done after all" });
    expect(effect.calls).toHaveLength(1);
    await world.state("run");
  });

  it("has it noted as late when another driver's attempt was first", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    await lost(world, effect);
    const other = world.runtime({ effects: [effect], workflows: [one] });
    const tick = other.tick("run");
    await world.settle();
    expect(effect.calls).toHaveLength(2);
    effect.calls[0]?.resolve("from the first");
    await world.settle();
    effect.calls[1]?.resolve("from the second");
    expect(await tick).toMatchObject({ status: "completed" });
    const kinds = await world.kinds("run");
    expect(kinds.filter((kind) => kind === "completed")).toHaveLength(1);
    await world.state("run");
  });

  it("can't commit a thing", async () => {
    const world = newWorld();
    const effect = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [effect] });
    const driving = runtime.start(one, { id: "run" });
    driving.catch(() => {});
    await world.settle();
    const { head } = (await world.store.load("run"))!;
    await world.store.giveBack({ runId: "run", leaseId: head.leaseId!, inboxSeq: 0, wakeAt: null });
    effect.calls[0]?.resolve("done");
    await expect(driving).rejects.toMatchObject({ code: "lease_lost" });
    await world.settle();
    expect(await world.kinds("run")).toEqual(["created", "begun", "late", "completed"]);
  });
});
