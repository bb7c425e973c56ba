import { describe, expect, it } from "vitest";
import { z } from "zod";
import { FaultStore } from "../../../testkit/src/faults/fault-store.ts";
import { codeOf, handHeld, newWorld, type HandHeld, type World } from "../../test/world.ts";
import {
  askUser,
  branches,
  complete,
  defineWorkflow,
  goto,
  ref,
  startSubworkflow,
  waitEvent,
  waitUntil,
  type EffectDefinition,
  type Migration,
  type Runtime,
  type RunState,
  type Workflow,
} from "../index.ts";

const work = (replay: EffectDefinition["replay"] = "safe"): HandHeld =>
  handHeld({ type: "work", replay });

/** An effect, then the end at `next`. */
function effects(version: string, next: string, migrate: readonly Migration[] = []): Workflow {
  return defineWorkflow<string>({
    id: "w",
    version,
    entry: "a",
    nodes: {
      a: () => ({
        effect: { type: "work", payload: { n: 1, messages: ref("chat") }, resultKey: "r" },
        nextNode: next,
      }),
      [next]: (run) => complete([version, run.vars.r]),
    },
    migrate,
  });
}

/** Start a run in a process that dies while it performs the effect; its lease has run out. */
async function crashed(world: World, workflow: Workflow, effect: EffectDefinition): Promise<void> {
  const behind = new FaultStore(world.store, { clock: world.clock });
  const dying = world.runtime({ store: behind, effects: [effect] });
  const started = codeOf(dying.start(workflow, { id: "run", vars: { chat: ["hi"] } }));
  await world.settle();
  behind.partition();
  await world.clock.advance(30_001);
  await started;
}

/** Asks, then completes with what was said. */
const asks = defineWorkflow({
  id: "w",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "end" }),
    end: (run) => complete([1, run.vars.said]),
  },
});

/** The same with other names; `currency` is new. */
const questions = defineWorkflow({
  id: "w",
  version: "2",
  entry: "question",
  nodes: {
    question: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "finish" }),
    finish: (run) => complete([2, run.vars.said, run.vars.currency]),
  },
  migrate: [
    {
      from: "1",
      nodes: { ask: "question", end: "finish" },
      vars: (vars) => {
        vars.currency = "EUR";
      },
    },
  ],
});

async function waitIdOf(world: World, runId: string): Promise<string> {
  const { waiting } = await world.state(runId);
  if (waiting === null) throw new Error(`${runId} does not wait`);
  return waiting.waitId;
}

/** A run of version 1 that waits, and a runtime that has only version 2. */
async function deployed(
  before: Workflow = asks,
  after: Workflow = questions,
): Promise<{ readonly world: World; readonly runtime: Runtime }> {
  const world = newWorld();
  await world.runtime().start(before, { id: "run" });
  return { world, runtime: world.runtime({ workflows: [after] }) };
}

describe("a run whose version is not registered any more", () => {
  it("goes on with the new version when it is answered, in one commit that says so first", async () => {
    const { world, runtime } = await deployed();
    const writes = world.store.writesOf("run");
    const waitId = await waitIdOf(world, "run");
    expect(await runtime.resume("run", "yes", { waitId })).toMatchObject({
      status: "completed",
      output: [2, "yes", "EUR"],
      workflowVersion: "2",
      graphHash: questions.graphHash,
    });
    const kinds = ["created", "begun", "waiting", "migrated", "answered", "ended"];
    expect(await world.kinds("run")).toEqual(kinds);
    expect(world.store.writesOf("run")).toBe(writes + 1);
    await world.state("run");
  });

  it("stays as it is while it waits", async () => {
    const { world, runtime } = await deployed();
    const before = await world.store.load("run");
    expect(await runtime.tick("run")).toMatchObject({ status: "waiting", workflowVersion: "1" });
    expect(await world.store.load("run")).toEqual(before);
  });

  it("goes on with its own version where that is registered, too", async () => {
    const { world, runtime } = await deployed();
    runtime.workflows.register(asks);
    const waitId = await waitIdOf(world, "run");
    expect(await runtime.resume("run", "yes", { waitId })).toMatchObject({ output: [1, "yes"] });
    expect(await world.kinds("run")).not.toContain("migrated");
  });

  it("goes on by itself after a crash, with the same step and key", async () => {
    const world = newWorld();
    const effect = work("idempotent");
    await crashed(world, effects("1", "b"), effect);
    const before = await world.state("run");
    expect(before.pending).toMatchObject({ phase: "begun", next: "b" });
    const after = effects("2", "c", [{ from: "1", nodes: { b: "c" } }]);
    const ticked = world.runtime({ effects: [effect], workflows: [after] }).tick("run");
    await world.settle();
    const [first, second] = effect.calls;
    expect(second?.payload).toEqual(first?.payload);
    expect(second?.context.idempotencyKey).toBe(first?.context.idempotencyKey);
    expect(second?.context).toMatchObject({ attempt: 2 });
    const { stepId } = before.pending ?? {};
    expect((await world.state("run")).pending).toMatchObject({ stepId, next: "c" });
    second?.resolve("done");
    expect(await ticked).toMatchObject({ output: ["2", "done"] });
  });

  it("keeps the payload of its pending effect, whatever becomes of the vars that it refers to", async () => {
    const world = newWorld();
    const effect = work("idempotent");
    await crashed(world, effects("1", "b"), effect);
    const vars = (draft: { chat?: string[]; history: object[] }): void => {
      draft.history = (draft.chat ?? []).map((text) => ({ text }));
      delete draft.chat;
    };
    const after = effects("2", "b", [{ from: "1", vars }]);
    const ticked = world.runtime({ effects: [effect], workflows: [after] }).tick("run");
    await world.settle();
    expect(effect.calls[1]?.payload).toEqual({ n: 1, messages: ["hi"] });
    effect.calls[1]?.resolve("done");
    expect(await ticked).toMatchObject({ vars: { history: [{ text: "hi" }], r: "done" } });
    expect((await world.state("run")).vars).not.toHaveProperty("chat");
  });

  it("refers on to vars that the migration leaves alone", async () => {
    const world = newWorld();
    const effect = work("idempotent");
    await crashed(world, effects("1", "b"), effect);
    const vars = (draft: { other: number }): void => void (draft.other = 1);
    const after = effects("2", "b", [{ from: "1", vars }]);
    const ticked = world.runtime({ effects: [effect], workflows: [after] }).tick("run");
    await world.settle();
    expect((await world.state("run")).pending?.effect).toMatchObject({
      payload: { messages: null },
      refs: { "/messages": "chat" },
    });
    effect.calls[1]?.resolve("done");
    await ticked;
  });

  it("keeps the gate before an effect of unknown outcome, and its way on", async () => {
    const world = newWorld();
    const effect: EffectDefinition = {
      ...work("never"),
      perform: () => {
        throw new Error("nobody knows");
      },
    };
    await world.runtime({ effects: [effect] }).start(effects("1", "b"), { id: "run" });
    const after = effects("2", "c", [{ from: "1", nodes: { b: "c" } }]);
    const runtime = world.runtime({ effects: [effect], workflows: [after] });
    const waitId = await waitIdOf(world, "run");
    expect(await runtime.settle("run", waitId, { happened: 7 })).toMatchObject({
      status: "completed",
      output: ["2", 7],
    });
  });

  it("goes on when its timer is due, and where a timeout says", async () => {
    const graph = (version: string, late: string): Workflow =>
      defineWorkflow<string>({
        id: "w",
        version,
        entry: "a",
        nodes: {
          a: () => waitEvent({ key: "k", next: "b", timeoutMs: 1_000, timeoutNode: late }),
          b: () => waitUntil({ afterMs: 1_000, next: "c" }),
          c: () => complete("c"),
          [late]: () => complete([version, "late"]),
        },
        migrate: version === "2" ? [{ from: "1", nodes: { late: "tooLate" } }] : [],
      });
    const { world, runtime } = await deployed(graph("1", "late"), graph("2", "tooLate"));
    expect(await runtime.tick("run")).toMatchObject({ status: "waiting", workflowVersion: "1" });
    await world.clock.advance(1_000);
    expect(await runtime.tick("run")).toMatchObject({ output: ["2", "late"] });
  });

  it("is migrated by whoever looks for work by what it can drive", async () => {
    const { world, runtime } = await deployed();
    await world.store.deliver("run", {
      kind: "answer",
      messageId: "m",
      by: null,
      sentAt: "2026-01-01T00:00:00.000Z",
      waitId: await waitIdOf(world, "run"),
      payload: "yes",
    });
    const claim = { owner: "o", leaseMs: 1, limit: 1, leaseIds: ["l"] };
    const strangers = [{ workflowId: "w", graphHash: questions.graphHash }];
    expect((await world.store.claimDue({ ...claim, workflows: strangers })).runs).toEqual([]);
    const found = await world.store.claimDue({ ...claim, workflows: runtime.workflows.refs() });
    expect(found.runs.map(({ run }) => run.runId)).toEqual(["run"]);
  });

  it("moves results that are still to come with their place", async () => {
    const typed = defineWorkflow({
      id: "w",
      version: "2",
      entry: "ask",
      nodes: {
        ask: () => goto("end"),
        end: (run) => complete(run.vars),
      },
      migrate: [{ from: "1", resultKeys: { said: "answers.first" } }],
    });
    const { world, runtime } = await deployed(asks, typed);
    const waitId = await waitIdOf(world, "run");
    expect(await runtime.resume("run", "yes", { waitId })).toMatchObject({
      output: { answers: { first: "yes" } },
    });
  });
});

describe("a run that can't be migrated", () => {
  const refused = async (after: Workflow, before = asks): Promise<string> => {
    const { world, runtime } = await deployed(before, after);
    const waitId = await waitIdOf(world, "run");
    await runtime.resume("run", "yes", { waitId, drive: false });
    const stored = await world.store.load("run");
    const records = await world.store.recordTexts("run");
    const error: unknown = await runtime.tick("run").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "workflow_changed" });
    expect(await world.store.load("run")).toEqual(stored);
    expect(await world.store.recordTexts("run")).toEqual(records);
    runtime.workflows.register(before);
    expect(await runtime.tick("run")).toMatchObject({ output: [1, "yes"] });
    return (error as Error).message;
  };
  const second = (more: object): Workflow =>
    defineWorkflow({
      id: "w",
      version: "2",
      entry: "ask",
      nodes: { ask: () => goto("end"), end: () => complete(2) },
      ...more,
    });

  it.each<[string, object, string]>([
    ["no migration is offered", {}, "offers no migration from version 1"],
    ["it is offered to others", { migrate: [{ from: "0" }] }, "offers no migration from version 1"],
    [
      "a node is gone",
      { nodes: { ask: () => complete(1) }, migrate: [{ from: "1" }] },
      'waiting.resumeToNode is node "end", which version 2 does not have; its nodes are ask',
    ],
    [
      "the vars don't match",
      { vars: z.object({ n: z.number() }), migrate: [{ from: "1" }] },
      "vars.n: ",
    ],
    [
      "the migration throws",
      {
        migrate: [
          {
            from: "1",
            vars: () => {
              throw new Error("not this one");
            },
          },
        ],
      },
      "the migration's vars: not this one",
    ],
    [
      "the migration makes vars that are not JSON",
      { migrate: [{ from: "1", vars: (vars: { at: Date }) => void (vars.at = new Date(0)) }] },
      "vars.at: Date is not JSON",
    ],
    [
      "the migration is async",
      { migrate: [{ from: "1", vars: async () => {} }] },
      "returns nothing",
    ],
  ])("is left alone when %s, and goes on with its own version", async (_, more, says) => {
    expect(await refused(second(more))).toContain(says);
  });
});

describe("a run that moves between a look and a claim", () => {
  const walk = (version: string, migrate: readonly Migration[] = []): Workflow =>
    defineWorkflow<string>({
      id: "w",
      version,
      entry: "a",
      nodes: { a: () => goto("b"), b: () => goto("c"), c: (run) => complete([version, run.vars]) },
      migrate,
    });

  /** Let somebody act just before the next claim. */
  function beforeClaim(world: World, act: () => Promise<unknown>): void {
    const claimDue = world.store.claimDue.bind(world.store);
    world.store.claimDue = async (request) => {
      world.store.claimDue = claimDue;
      await act();
      return claimDue(request);
    };
  }

  it("is migrated from where it is then", async () => {
    const world = newWorld();
    const older = world.runtime();
    await older.start(walk("1"), { id: "run", drive: false });
    const vars = (draft: { was: string }, { currentNode }: RunState): void =>
      void (draft.was = currentNode);
    const runtime = world.runtime({ workflows: [walk("2", [{ from: "1", vars }])] });
    beforeClaim(world, () => older.tick("run", { maxSteps: 1 }));
    expect(await runtime.tick("run")).toMatchObject({ output: ["2", { was: "b" }] });
    expect(await world.kinds("run")).toEqual(["created", "moved", "migrated", "ended"]);
  });

  it("is let go when it went over to another version", async () => {
    const world = newWorld();
    await world.runtime().start(walk("1"), { id: "run", drive: false });
    const third = world.runtime({ workflows: [walk("3", [{ from: "1" }])] });
    const runtime = world.runtime({ workflows: [walk("2", [{ from: "1" }])] });
    beforeClaim(world, () => third.tick("run", { maxSteps: 1 }));
    expect(await codeOf(runtime.tick("run"))).toBe("workflow_changed");
    const { head, run } = (await world.store.load("run")) ?? {};
    expect(head).toMatchObject({ leaseId: null, wakeAt: expect.any(String) });
    expect(run).toMatchObject({ workflowVersion: "3", currentNode: "b" });
    expect(await third.tick("run")).toMatchObject({ output: ["3", expect.anything()] });
  });
});

describe("a run whose drivers die", () => {
  it("is parked with its own version before it is migrated, and migrated when it is settled", async () => {
    const world = newWorld();
    await world.runtime().start(effects("1", "b"), { id: "run", drive: false });
    for (let n = 0; n < 10; n += 1) {
      await world.store.claimDue({ owner: "dead", leaseMs: 1, limit: 1, leaseIds: [`l-${n}`] });
      await world.clock.advance(1);
    }
    const effect = work();
    const after = effects("2", "c", [{ from: "1", nodes: { b: "c" } }]);
    const runtime = world.runtime({ effects: [effect], workflows: [after] });
    expect(await runtime.tick("run")).toMatchObject({
      status: "waiting",
      workflowVersion: "1",
      waiting: { gate: "stuck" },
    });
    expect(await world.kinds("run")).toEqual(["created", "gated"]);
    const settled = runtime.settle("run", await waitIdOf(world, "run"), "not_happened");
    await world.settle();
    effect.calls[0]?.resolve("done");
    expect(await settled).toMatchObject({ status: "completed", output: ["2", "done"] });
  });
});

describe("branches", () => {
  const fans = (version: string, node: string, migrate: readonly Migration[] = []): Workflow =>
    defineWorkflow<string>({
      id: "fans",
      version,
      entry: "fan",
      nodes: {
        fan: () => branches([{ node }, { node }], { next: "join", resultKey: "all" }),
        [node]: () => askUser({ prompt: "?", resultKey: "said", next: "said" }),
        said: (run) => complete([version, run.vars.said]),
        join: (run) =>
          complete([
            version,
            run.vars.all.results.map(({ output }: { output: unknown }) => output),
          ]),
      },
      migrate,
    });
  const from1 = [{ from: "1", nodes: { ask: "question" } }];

  it("are pinned to their parent's graph, whatever is registered later", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [fans("1", "ask")] });
    await runtime.start(fans("1", "ask"), { id: "run", drive: false });
    runtime.workflows.register(fans("2", "question"));
    await runtime.tick("run");
    const { items } = await world.store.listChildren("run");
    expect(items.map(({ run }) => run.workflowVersion)).toEqual(["1", "1"]);
  });

  it("migrate after their parent, which is migrated with the first of them", async () => {
    const world = newWorld();
    await world.runtime().start(fans("1", "ask"), { id: "run" });
    const runtime = world.runtime({ workflows: [fans("2", "question", from1)] });
    const { items } = await world.store.listChildren("run");
    for (const [index, { run }] of items.entries()) {
      await runtime.resume(run.runId, index, { waitId: run.waiting?.waitId });
      expect(await world.state(run.runId)).toMatchObject({ workflowVersion: "2" });
      expect(await world.state("run")).toMatchObject({ workflowVersion: "2" });
    }
    expect(await world.state("run")).toMatchObject({
      status: "completed",
      output: [
        "2",
        [
          ["2", 0],
          ["2", 1],
        ],
      ],
    });
    const kinds = await world.kinds("run");
    expect(kinds.filter((kind) => kind === "migrated")).toHaveLength(1);
    expect(kinds.indexOf("migrated")).toBeLessThan(kinds.indexOf("answered"));
  });

  it("stay with their version while their parent can't be migrated", async () => {
    const world = newWorld();
    await world.runtime().start(fans("1", "ask"), { id: "run" });
    const without = [{ from: "1", nodes: { ask: "question" }, vars: refuseParent }];
    const runtime = world.runtime({ workflows: [fans("2", "question", without)] });
    const [branch] = (await world.store.listChildren("run")).items;
    const runId = branch?.run.runId ?? "";
    await runtime.resume(runId, 1, { waitId: branch?.run.waiting?.waitId, drive: false });
    const before = [await world.store.load("run"), await world.store.load(runId)];
    await expect(runtime.tick(runId)).rejects.toMatchObject({
      code: "workflow_changed",
      message: expect.stringContaining("a branch of run, which can't be migrated: "),
    });
    expect([await world.store.load("run"), await world.store.load(runId)]).toEqual(before);
  });

  it("wait for a parent that another driver holds", async () => {
    const world = newWorld();
    await world.runtime().start(fans("1", "ask"), { id: "run" });
    const runtime = world.runtime({ workflows: [fans("2", "question", from1)] });
    const [branch] = (await world.store.listChildren("run")).items;
    const runId = branch?.run.runId ?? "";
    await runtime.resume(runId, 1, { waitId: branch?.run.waiting?.waitId, drive: false });
    await world.store.deliver("run", event("wakes the parent"));
    const request = { owner: "other", leaseMs: 1_000, limit: 1, leaseIds: ["l"], runIds: ["run"] };
    await world.store.claimDue(request);
    expect(await codeOf(runtime.tick(runId))).toBe("run_leased");
    await world.clock.advance(1_000);
    expect(await runtime.tick(runId)).toMatchObject({ output: ["2", 1] });
  });
});

function refuseParent(_vars: unknown, run: { parent: unknown }): void {
  if (run.parent === null) throw new Error("not the parent");
}

function event(key: string) {
  return {
    kind: "event" as const,
    messageId: key,
    by: null,
    sentAt: "2026-01-01T00:00:00.000Z",
    key,
    payload: null,
  };
}

describe("children that are no branches", () => {
  it("go on with their own migration, whatever their parent does", async () => {
    const world = newWorld();
    const parent = defineWorkflow({
      id: "parent",
      entry: "a",
      nodes: {
        a: () => startSubworkflow({ workflow: "w", resultKey: "r", next: "b" }),
        b: (run) => complete(run.vars.r.output),
      },
    });
    await world.runtime({ workflows: [asks] }).start(parent, { id: "run" });
    const [child] = (await world.store.listChildren("run")).items;
    const runtime = world.runtime({ workflows: [parent, questions] });
    await runtime.resume(child?.run.runId ?? "", "yes", { waitId: child?.run.waiting?.waitId });
    expect(await world.state("run")).toMatchObject({ output: [2, "yes", "EUR"] });
  });
});
