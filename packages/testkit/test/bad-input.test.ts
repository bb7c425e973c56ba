import {
  complete,
  defineEffect,
  defineWorkflow,
  goto,
  isAbstractRuntimeError,
  type AbstractRuntimeError,
  type Plan,
  type RunState,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { newWorld } from "../../core/test/world.ts";
import { badAnswers } from "./bad-input/bad-answers.ts";
import { badClients } from "./bad-input/bad-clients.ts";
import { badJoins } from "./bad-input/bad-joins.ts";
import { badDefinitions } from "./bad-input/bad-definitions.ts";
import { abortedForks, badForks } from "./bad-input/bad-forks.ts";
import { badPlans } from "./bad-input/bad-plans.ts";
import { abortedCalls, badRequests } from "./bad-input/bad-requests.ts";
import { badWaits } from "./bad-input/bad-waits.ts";
import { badValues, type BadValue } from "./bad-input/bad-values.ts";
import { dumpStore } from "./bad-input/dump-store.ts";
import { dates, idle, newScene, numbers, typed, type Scene } from "./bad-input/scene.ts";

async function errorOf(work: () => unknown): Promise<AbstractRuntimeError> {
  try {
    await work();
  } catch (error) {
    if (isAbstractRuntimeError(error)) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

/** The error of what is done in a scene, and what the store held before and after. */
async function refusedIn(door: (scene: Scene) => unknown) {
  const scene = await newScene();
  const before = await dumpStore(scene.world.store);
  const error = await errorOf(() => door(scene));
  await scene.world.settle();
  return { error, before, after: await dumpStore(scene.world.store) };
}

/** A run whose second node misbehaves, after its first has done something worth keeping. */
async function runWith(
  second: (run: { vars: any }) => unknown, // oxlint-disable-line typescript/no-explicit-any -- what untyped callers write
  perform: () => unknown = () => null,
): Promise<RunState> {
  const work = defineEffect({ type: "work", replay: "safe", perform });
  const workflow = defineWorkflow({
    id: "misbehaves",
    entry: "first",
    nodes: {
      first: (run) => {
        run.vars.kept = 1;
        return goto("second");
      },
      second: (run) => {
        run.vars.own = "dropped when the plan is refused";
        return second(run) as Plan<never>;
      },
      end: () => complete(null),
    },
  });
  const world = newWorld();
  const { runId } = await world.runtime({ effects: [work] }).start(workflow);
  return world.state(runId);
}

describe("what is refused at the door changes nothing", () => {
  const doors: readonly (readonly [string, (scene: Scene, bad: unknown) => unknown, string])[] = [
    ["start", ({ runtime }, bad) => runtime.start(idleOf(), { vars: { bad } }), "vars.bad"],
    [
      "resume",
      ({ runtime, waitIds }, bad) => runtime.resume("open", { bad }, { waitId: waitIds["open"] }),
      "answer.bad",
    ],
    ["emitEvent", ({ runtime }, bad) => runtime.emitEvent("a", { bad }), "payload.bad"],
    [
      "settle",
      ({ runtime, waitIds }, bad) =>
        runtime.settle("sends", waitIds["sends"] ?? "", { happened: { bad } }),
      "happened.bad",
    ],
    [
      "fork",
      ({ runtime }, bad) => runtime.fork("open", { effects: "ask", vars: { bad } }),
      "vars.bad",
    ],
  ];

  const cases = doors.flatMap(([name, door, where]) =>
    badValues.map((value) => ({ name, door, where, value, what: value.what })),
  );

  it.each(cases)("$name: $what", async ({ door, where, value }) => {
    const { error, before, after } = await refusedIn((scene) => door(scene, value.make()));
    expect(error.code).toBe(value.code);
    expect(error.message).toContain(whereOf(where, value));
    expect(error.message).toContain(value.says);
    expect(after).toBe(before);
  });

  it.each([...badRequests, ...badAnswers, ...badForks, ...badClients])(
    "$what",
    async ({ door, code, says }) => {
      const { error, before, after } = await refusedIn(door);
      expect(error.code).toBe(code);
      for (const part of says) expect(error.message).toContain(part);
      expect(after).toBe(before);
    },
  );
});

describe("what was aborted before it began does nothing", () => {
  it.each([...abortedCalls, ...abortedForks])("$what", async ({ door }) => {
    const scene = await newScene();
    const before = await dumpStore(scene.world.store);
    const signal = AbortSignal.abort(new Error("never mind"));
    await expect(Promise.resolve(door(scene, signal))).rejects.toThrow("never mind");
    expect(await dumpStore(scene.world.store)).toBe(before);
  });
});

describe("what is no definition is refused when it is made", () => {
  it.each(badDefinitions)("$what", async ({ make, code, says }) => {
    const error = await errorOf(make);
    expect(error.code).toBe(code);
    for (const part of says) expect(error.message).toContain(part);
  });
});

describe("a run whose code misbehaves fails, and keeps what was done before", () => {
  it.each(badValues)("an output: $what", async (value) => {
    const run = await runWith(() => ({ completeOutput: { bad: value.make() } }));
    expect(summary(run, value, "output.bad")).toEqual(failedBy(value, "output.bad"));
  });

  it.each(badValues)("a payload: $what", async (value) => {
    const effect = { type: "work", payload: { bad: value.make() } };
    const run = await runWith(() => ({ effect, nextNode: "end" }));
    expect(summary(run, value, "payload.bad")).toEqual(failedBy(value, "payload.bad"));
  });

  it.each(badValues)("vars: $what", async (value) => {
    const run = await runWith(({ vars }) => {
      vars.bad = value.make();
      return { nextNode: "end" };
    });
    expect(summary(run, value, "vars.bad")).toEqual(failedBy(value, "vars.bad"));
  });

  it.each(badValues)("a result: $what", async (value) => {
    const plan = { effect: { type: "work", resultKey: "r" }, nextNode: "end" };
    const run = await runWith(
      () => plan,
      () => ({ bad: value.make() }),
    );
    expect(run).toMatchObject({
      status: "failed",
      vars: { kept: 1, own: expect.any(String) },
      error: { code: "effect_failed", nodeId: "second", details: { cause: { code: value.code } } },
    });
    expect(run.error?.message).toContain(whereOf("result.bad", value));
  });

  it.each(badPlans)("$what", async ({ plan, code, says }) => {
    const run = await runWith(plan);
    expect(run).toMatchObject({ status: "failed", error: { code, nodeId: "second" } });
    for (const part of says) expect(run.error?.message).toContain(part);
    expect(run.vars["kept"]).toBe(1);
    expect(run.vars).not.toHaveProperty("own");
  });
});

describe("a wait that can't begin fails its run, and keeps what was done before", () => {
  it.each(badWaits)("$what", async ({ payload, code, says }) => {
    const effect = { type: "wait_any", payload, resultKey: "won" };
    const run = await runWith(() => ({ effect, nextNode: "end" }));
    expect(run).toMatchObject({
      status: "failed",
      waiting: null,
      vars: { kept: 1, own: expect.any(String) },
      error: { code: "effect_failed", nodeId: "second", details: { cause: { code } } },
    });
    for (const part of says) expect(run.error?.message).toContain(part);
    expect(run.vars).not.toHaveProperty("won");
  });
});

describe("a join that can't begin fails its run, and begins no child", () => {
  it.each(badJoins)("$what", async ({ payload, code, says }) => {
    const effect = { type: "start_subworkflows", payload, resultKey: "joined" };
    const workflow = defineWorkflow<string>({
      id: "joins",
      entry: "first",
      nodes: {
        first: (run) => {
          run.vars.many = Array<number>(100_001).fill(0);
          return goto("second");
        },
        second: () => ({ effect, nextNode: "end" }),
        end: (run) => complete(run.vars.joined),
      },
    });
    const world = newWorld();
    const runtime = world.runtime({ workflows: [idle, typed] });
    const { runId } = await runtime.start(workflow, { vars: { text: "a, b" } });
    const run = await world.state(runId);
    expect(run).toMatchObject({
      status: "failed",
      waiting: null,
      error: { code: "effect_failed", nodeId: "second", details: { cause: { code } } },
    });
    for (const part of says) expect(run.error?.message).toContain(part);
    expect(run.vars).not.toHaveProperty("joined");
    expect((await world.store.list()).items.map(({ run: { runId: id } }) => id)).toEqual([runId]);
  });
});

describe("what does not match its schema fails the run, and keeps what was done before", () => {
  const vars = { kept: 1 };

  it.each([
    ["refused", numbers, "schema_mismatch", "output.n: give a number"],
    ["made no JSON of", dates, "invalid_json_value", "output.when: Date is not JSON"],
  ])("an output that is %s", async (_, output, code, says) => {
    const world = newWorld();
    const nodes = { a: () => complete({ n: "1" }) };
    const workflow = defineWorkflow({ id: "w", entry: "a", output, nodes });
    const { runId } = await world.runtime().start(workflow, { vars });
    expect(await world.state(runId)).toMatchObject({ status: "failed", vars, error: { code } });
    expect((await world.state(runId)).error?.message).toContain(says);
  });

  it.each([
    ["a payload that is refused", { payload: numbers }, 0, "schema_mismatch", "payload.n: give"],
    ["a result that is refused", { result: numbers }, 1, "schema_mismatch", "result.n: give"],
    ["a result that is made no JSON of", { result: dates }, 1, "invalid_json_value", "result.when"],
  ])("%s", async (_, schemas, calls, code, says) => {
    let called = 0;
    const perform = () => (called += 1);
    const retry = { maxAttempts: 3 };
    const work = defineEffect({ type: "work", replay: "safe", retry, perform, ...schemas });
    const plan = { effect: { type: "work", payload: { n: "1" } }, nextNode: "a" } as const;
    const workflow = defineWorkflow({ id: "w", entry: "a", nodes: { a: () => plan } });
    const world = newWorld();
    const { runId } = await world.runtime({ effects: [work] }).start(workflow, { vars });
    const error = { code: "effect_failed", details: { cause: { code } } };
    expect(await world.state(runId)).toMatchObject({ status: "failed", vars, error });
    expect((await world.state(runId)).error?.message).toContain(says);
    expect(called).toBe(calls);
  });
});

it("a draft that is kept beyond its handler can't be written any more", async () => {
  let kept: Record<string, unknown> = {};
  const workflow = defineWorkflow({
    id: "keeps",
    entry: "a",
    nodes: {
      a: (run) => {
        kept = run.vars;
        run.vars.n = 1;
        return goto("b");
      },
      b: () => {
        kept["n"] = 2;
        return complete(null);
      },
    },
  });
  const world = newWorld();
  const { runId } = await world.runtime().start(workflow);
  expect(await world.state(runId)).toMatchObject({
    status: "failed",
    vars: { n: 1 },
    error: { code: "node_failed", nodeId: "b" },
  });
});

/** What became of a run, and which of the texts that its error should hold it holds. */
function summary({ status, vars, error }: RunState, value: BadValue, where: string): object {
  const said = [whereOf(where, value), value.says];
  return {
    status,
    vars,
    code: error?.code,
    nodeId: error?.nodeId,
    said: said.filter((text) => error?.message.includes(text)),
  };
}

/** The summary of a run that failed at its second node: with what the first did, and nothing of the second. */
function failedBy(value: BadValue, where: string): object {
  return {
    status: "failed",
    vars: { kept: 1, _limits: expect.anything() },
    code: value.code,
    nodeId: "second",
    said: [whereOf(where, value), value.says],
  };
}

/** A value that is too large is too large as a whole: its parts have no path. */
function whereOf(where: string, { code, path }: BadValue): string {
  return code === "value_too_large" ? (where.split(".")[0] ?? "") : `${where}${path}`;
}

function idleOf() {
  return defineWorkflow({ id: "idle", entry: "a", nodes: { a: () => complete(null) } });
}
