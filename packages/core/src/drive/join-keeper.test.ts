import { describe, expect, it } from "vitest";
import { newWorld, type World } from "../../test/world.ts";
import { startSubworkflows } from "../builtin/plan-children.ts";
import { askUser } from "../builtin/plan-waits.ts";
import type { Change, NewRun } from "../ports/durable-store.ts";
import { ref } from "../step/ref.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";

const asking = defineWorkflow({
  id: "asking",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "?", resultKey: "said", next: "end" }),
    end: (run) => complete(run.vars.said),
  },
});

interface Options {
  readonly join?: "any";
  readonly maxConcurrency?: number;
}

const parent = (options: Options = {}): Workflow =>
  defineWorkflow({
    id: "parent",
    entry: "start",
    nodes: {
      start: () =>
        startSubworkflows(
          { workflow: "asking", each: ref("items") },
          { next: "end", resultKey: "r", ...options },
        ),
      end: (run) => complete(run.vars.r.completed),
    },
  });

async function start(world: World, count: number, options: Options = {}): Promise<string> {
  const items = Array.from({ length: count }, (_, n) => n);
  const runtime = world.runtime({ workflows: [asking] });
  const run = await runtime.start(parent(options), { id: "parent", vars: { items }, maxSteps: 1 });
  return run.runId;
}

function writesOf({ store }: World): readonly (Change | NewRun)[] {
  return [...store.creates, ...store.commits.filter(({ runId }) => runId === "parent")];
}

async function answer(world: World, index: number): Promise<void> {
  const { items } = await world.store.listChildren("parent", { limit: 1_000 });
  const child = items[index]?.run;
  await world
    .runtime({ workflows: [asking, parent()] })
    .resume(child?.runId ?? "", index, { waitId: child?.waiting?.waitId });
}

describe("the children of a join", () => {
  it("begin in the commit that begins the wait, named so that they sort by index", async () => {
    const world = newWorld();
    await start(world, 12);
    const [first] = writesOf(world);
    expect(first?.run).toMatchObject({
      status: "waiting",
      waiting: { stepId: "parent:1", join: { intentSeq: 2, total: 12, begun: 12, need: null } },
    });
    const ids = first?.children.map(({ run }) => run.runId) ?? [];
    expect(ids.toSorted()).toEqual(ids);
    expect(first?.children.map(({ run }) => run.parent)).toEqual(
      ids.map((_, index) => ({
        runId: "parent",
        stepId: "parent:1",
        waitId: first?.run.waiting?.waitId,
        index,
        branch: false,
      })),
    );
  });

  it("begin in batches, of which a record says how far they go", async () => {
    const world = newWorld();
    await start(world, 1_100);
    await world.settle();
    const sizes = writesOf(world).map(({ children }) => children.length);
    expect(sizes).toEqual([500, 500, 100]);
    const begun = writesOf(world).map(({ run }) => run.waiting?.join?.begun);
    expect(begun).toEqual([500, 1_000, 1_100]);
  });

  it("are kept out of their parent's state, however many they are", async () => {
    const size = async (count: number): Promise<number> => {
      const world = newWorld();
      await start(world, count);
      const { vars: _, ...state } = await world.state("parent");
      return JSON.stringify(state).length;
    };
    expect((await size(400)) - (await size(4))).toBeLessThan(20);
  });
});

describe("the commit that ends a join", () => {
  it("sends a cancel to each child that is still going on, and to no other", async () => {
    const world = newWorld();
    await start(world, 4, { join: "any" });
    await answer(world, 2);
    const end = writesOf(world).at(-1);
    const told = end?.messages.map(({ runId, message }) => [runId, message.kind]);
    const { items } = await world.store.listChildren("parent");
    const losers = items.filter((_, index) => index !== 2);
    expect(told).toEqual(losers.map(({ run }) => [run.runId, "cancel"]));
    expect(end?.records.map(({ kind }) => kind)).toEqual(["answered", "ended"]);
    for (const { run } of losers)
      expect(run.error?.message).toBe("run parent does not wait for it any more");
  });

  it("consumes the message that told of it", async () => {
    const world = newWorld();
    await start(world, 1);
    await answer(world, 0);
    const [due, ...more] = writesOf(world).at(-1)?.records ?? [];
    expect(due).toMatchObject({ kind: "answered", messageId: expect.stringMatching(/:1:1:0$/) });
    expect(more.map(({ kind }) => kind)).toEqual(["ended"]);
    expect((await world.store.load("parent"))?.head.inboxSize).toBe(0);
  });

  it("is not written by who comes too late", async () => {
    const world = newWorld();
    await start(world, 2, { join: "any" });
    const runtime = world.runtime({ workflows: [asking, parent()] });
    await Promise.all([answer(world, 0), answer(world, 1), runtime.tick("parent").catch(() => {})]);
    await world.settle();
    const kinds = await world.kinds("parent");
    expect(kinds.filter((kind) => kind === "answered")).toEqual(["answered"]);
    expect(await world.state("parent")).toMatchObject({ status: "completed", output: 1 });
  });
});
