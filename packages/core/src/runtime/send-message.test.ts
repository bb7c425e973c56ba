import { describe, expect, it } from "vitest";
import { handHeld, newWorld, type World } from "../../test/world.ts";
import { askUser, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import type { Message } from "../inbox/message.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const asks = defineWorkflow({
  id: "asks",
  entry: "first",
  nodes: {
    first: () =>
      askUser({ prompt: "?", key: "k", next: "end", resultKey: "said", timeoutMs: 1_000 }),
    end: (run) => complete(run.vars.said),
  },
});

/** Do something while the next commit that passes is on its way. */
function duringCommit(
  world: World,
  act: () => Promise<unknown>,
  passes: (status: string) => boolean = () => true,
): void {
  world.store.beforeCommit = async ({ run }) => {
    if (!passes(run.status)) return;
    world.store.beforeCommit = () => {};
    await act();
  };
}

describe("a message", () => {
  it("is kept when its run has gone on meanwhile and does not listen any more", async () => {
    const listens = defineWorkflow({
      id: "listens",
      entry: "first",
      nodes: {
        first: () => waitEvent({ key: "k", next: "second" }),
        second: () => waitEvent({ key: "other", next: "third" }),
        third: () => waitEvent({ key: "k", next: "end", resultKey: "heard" }),
        end: (run) => complete(run.vars.heard),
      },
    });
    const world = newWorld();
    const runtime = world.runtime();
    const other = world.runtime({ workflows: [listens] });
    await runtime.start(listens, { id: "run" });
    duringCommit(world, () => other.resume("run", 0, { waitKey: "k", maxSteps: 0 }));
    await runtime.emitEvent("k", "mine", { runId: "run" });
    await runtime.emitEvent("other", 1, { runId: "run" });
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "mine" });
  });

  it("wins over a timeout that is due, also where only others can read it", async () => {
    const world = newWorld();
    await world.runtime().start(asks, { id: "run" });
    await world.clock.advance(2_000);
    await world.runtime().resume("run", "yes", { waitKey: "k" });
    expect(await world.state("run")).toMatchObject({ status: "waiting" });
    await world.runtime({ workflows: [asks] }).tick("run");
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "yes" });
  });

  it("is read when it comes with the write that lets a started run go", async () => {
    const sleeps = defineWorkflow({
      id: "sleeps",
      entry: "first",
      nodes: {
        first: () => ({ effect: { type: "work" }, nextNode: "second" }),
        second: () => waitUntil({ afterMs: 1_000, next: "end" }),
        end: () => complete(null),
      },
    });
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const started = world.runtime({ effects: [work] }).start(sleeps, { id: "run" });
    await world.settle();
    const other = world.runtime();
    duringCommit(
      world,
      () => other.cancelRun("run"),
      (status) => status === "waiting",
    );
    work.calls[0]?.resolve(null);
    await started;
    expect(await world.state("run")).toMatchObject({ status: "cancelled" });
  });

  it("is read when it comes with the write that reads another", async () => {
    const world = newWorld();
    const [one, other] = [world.runtime(), world.runtime()];
    await one.start(asks, { id: "run" });
    const limits: Message = {
      kind: "limits",
      limits: {},
      messageId: "limits",
      by: null,
      sentAt: "2026-01-01T00:00:00Z",
    };
    await world.store.deliver("run", limits);
    duringCommit(world, () => one.cancelRun("run"));
    await other.pauseRun("run");
    expect(await world.state("run")).toMatchObject({ status: "cancelled" });
  });

  it("may still cancel or unpause a run whose inbox is full", async () => {
    for (const [verb, after] of [
      ["cancelRun", { status: "cancelled" }],
      ["unpauseRun", { status: "waiting", paused: false }],
    ] as const) {
      const world = newWorld();
      const runtime = world.runtime();
      await runtime.start(asks, { id: "run" });
      await runtime.pauseRun("run");
      const sent = { by: null, sentAt: "2026-01-01T00:00:00Z" };
      for (let index = 0; index < 10_000; index += 1) {
        const messageId = `m${index}`;
        await world.store.deliver("run", {
          kind: "answer",
          messageId,
          waitId: "w",
          payload: 1,
          ...sent,
        });
      }
      await runtime[verb]("run");
      expect(await world.state("run")).toMatchObject(after);
    }
  });
});
