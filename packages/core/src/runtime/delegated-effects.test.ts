import { describe, expect, it } from "vitest";
import { newWorld, type World } from "../../test/world.ts";
import {
  complete,
  defineDelegatedEffect,
  defineWorkflow,
  fail,
  waitEvent,
  type DelegatedEffect,
} from "../index.ts";

/** Doubles a number; fails for those below zero, and waits for the word to double 7. */
const double = defineWorkflow({
  id: "double",
  entry: "see",
  nodes: {
    see: ({ vars }) => {
      if (vars.n < 0) return fail(`${vars.n} is below zero`);
      return vars.n === 7 ? waitEvent({ key: "seven", next: "double" }) : complete(2 * vars.n);
    },
    double: ({ vars }) => complete(2 * vars.n),
  },
});

function doubles(options: Partial<DelegatedEffect> & { maxConcurrency?: number } = {}) {
  return defineDelegatedEffect({
    type: "doubles",
    workflows: [double],
    delegate: ({ of }) => ({
      children: (of as readonly number[]).map((n) => ({ workflow: double, vars: { n } })),
      maxConcurrency: options.maxConcurrency,
    }),
    joined: (children, payload) => ({
      of: payload["of"] as readonly number[],
      are: children.map(({ output, error }) => output ?? error?.["message"] ?? null),
    }),
    ...options,
  });
}

const sum = defineWorkflow({
  id: "sum",
  entry: "ask",
  nodes: {
    ask: ({ vars }) => ({
      effect: { type: "doubles", payload: { of: vars.of }, resultKey: "doubled" },
      nextNode: "done",
      onErrorNode: "done",
    }),
    done: ({ vars }) => complete(vars.doubled),
  },
});

async function doubled(world: World, effect: DelegatedEffect, of: readonly number[]) {
  const runtime = world.runtime({ effects: [effect] });
  const run = await runtime.start(sum, { vars: { of }, id: "run" });
  return { runtime, run, state: await world.state(run.runId) };
}

describe("a delegated effect", () => {
  it("has the result that is made of its children's ends, in order, failures among them", async () => {
    const { state } = await doubled(newWorld(), doubles(), [3, -1, 5]);
    expect(state).toMatchObject({
      status: "completed",
      output: { of: [3, -1, 5], are: [6, "-1 is below zero", 10] },
    });
  });

  it("needs no child where there is nothing to do", async () => {
    const world = newWorld();
    const { state } = await doubled(world, doubles(), []);
    expect(state.output).toEqual({ of: [], are: [] });
    expect(await world.kinds("run")).toEqual(["created", "begun", "completed", "ended"]);
  });

  it("goes on in another process, which reads what its children are from the ledger", async () => {
    const world = newWorld();
    const { runtime } = await doubled(world, doubles({ maxConcurrency: 1 }), [7, 1, 2]);
    await runtime.close();
    const other = world.runtime({ effects: [doubles({ maxConcurrency: 1 })], workflows: [sum] });
    const { items } = await other.listRuns({ parentRunId: "run" });
    expect(items).toHaveLength(1);
    await other.emitEvent("seven");
    expect((await other.run("run")).output).toEqual({ of: [7, 1, 2], are: [14, 2, 4] });
    expect((await world.state("run")).status).toBe("completed");
  });

  it("is left to a process that has it", async () => {
    const world = newWorld();
    const { runtime } = await doubled(world, doubles(), [7]);
    await runtime.close();
    const without = world.runtime({ workflows: [double] });
    await without.emitEvent("seven");
    expect((await world.state("run")).status).toBe("waiting");
    const other = world.runtime({ effects: [doubles()], workflows: [sum] });
    expect((await other.run("run")).output).toEqual({ of: [7], are: [14] });
  });

  it("is left to a process that has it by who drives claimed runs and lacks it", async () => {
    const world = newWorld();
    const { runtime } = await doubled(world, doubles(), [7]);
    await runtime.close();
    const without = world.runtime({ workflows: [double, sum] });
    await without.emitEvent("seven", null, { drive: false });
    const [child] = (await without.claimDue({ limit: 1 })).runs;
    await child?.drive();
    const [due] = (await without.claimDue({ limit: 1, runIds: ["run"] })).runs;
    await expect(due?.drive({ leavesUnhandled: true })).rejects.toMatchObject({
      code: "effect_not_registered",
      details: { runId: "run", type: "doubles" },
    });
    await due?.release(); // which decides nothing, either
    expect((await world.state("run")).status).toBe("waiting");
    const other = world.runtime({ effects: [doubles()], workflows: [sum] });
    const [again] = (await other.claimDue({ limit: 1 })).runs;
    expect((await again?.drive())?.output).toEqual({ of: [7], are: [14] });
  });

  it("fails for good in a process that has its workflow and not the effect", async () => {
    const world = newWorld();
    const { runtime } = await doubled(world, doubles(), [7]);
    await runtime.close();
    const without = world.runtime({ workflows: [double, sum] });
    await without.emitEvent("seven");
    const { output } = await without.run("run");
    expect(output).toMatchObject({
      error: { code: "effect_not_registered", message: "No effect handler registered for doubles" },
    });
  });

  it("fails for good by what it throws, with no child begun or with all ended", async () => {
    const broken = (): never => {
      throw new Error("a bug");
    };
    const world = newWorld();
    const unplanned = await doubled(world, doubles({ delegate: broken }), [1]);
    expect(unplanned.state.output).toMatchObject({ error: { message: "a bug" } });
    expect(world.store.creates).toHaveLength(1);
    expect(world.store.commits.flatMap(({ children }) => children)).toEqual([]);
    const unjoined = await doubled(newWorld(), doubles({ joined: broken }), [1]);
    expect(unjoined.state.output).toMatchObject({ error: { message: "a bug" } });
    const untold = await doubled(newWorld(), doubles({ joined: () => new Date() }), [1]);
    expect(untold.state.output).toMatchObject({ error: { code: "invalid_json_value" } });
  });

  it("cancels its children with its run", async () => {
    const world = newWorld();
    const { runtime } = await doubled(world, doubles(), [7, 1]);
    await runtime.cancelRun("run");
    const { items } = await runtime.listRuns({ parentRunId: "run" });
    expect(items.map(({ status }) => status).toSorted()).toEqual(["cancelled", "completed"]);
  });

  it("asks a fork's own children", async () => {
    const world = newWorld();
    const { runtime } = await doubled(world, doubles(), [7]);
    const fork = await runtime.fork("run", { id: "fork", effects: "rerun" });
    await runtime.emitEvent("seven");
    expect((await runtime.run(fork.runId)).output).toEqual({ of: [7], are: [14] });
    const { items } = await runtime.listRuns({ parentRunId: "fork" });
    expect(items).toHaveLength(1);
  });
});
