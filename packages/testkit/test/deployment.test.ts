import {
  askUser,
  branches,
  combineStores,
  complete,
  defineWorkflow,
  MemoryArtifactStore,
  MemoryLedgerStore,
  MemoryRunStore,
  MemoryStore,
  offload,
  startSubworkflow,
  waitEvent,
  waitUntil,
  type Migration,
  type NodeRun,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import {
  scriptedEffect,
  simulate,
  type OutsideAction,
  type SimulationOptions,
  type SimulationReport,
} from "../src/index.ts";

interface Vars {
  said: Record<string, unknown>;
  child?: { output: unknown };
  all?: { results: readonly { output: unknown }[] };
  migrated?: boolean;
}
type Handler = (run: NodeRun<Vars>) => Plan;

/** A handler that knows whose code it is: it must see only runs of its own version. */
function of(version: string, handler: Handler): Handler {
  return (run) => {
    if (run.workflowVersion !== version)
      throw new Error(`version ${version} drives a run of ${run.workflowVersion}`);
    if ((run.vars.migrated === true) !== (version === "2") && run.parentRunId === null)
      throw new Error(`version ${version} sees vars of another`);
    return handler(run);
  };
}

/** All kinds of steps and waits, in nodes that each version calls otherwise. Its output does not say which drove it. */
function workflow(id: string, version: string, migrate: readonly Migration[] = []): Workflow {
  const name = (node: string): string => `${node}${version}`;
  const effect = (type: string, key: string, next: string): Plan => ({
    effect: { type, payload: { key }, resultKey: `said.${key}` },
    nextNode: name(next),
    onErrorNode: name("lost"),
  });
  const nodes: Record<string, Handler> = {
    safe: () => effect("safe", "a", "idempotent"),
    idempotent: () => effect("idempotent", "b", "never"),
    never: () => effect("never", "c", "ask"),
    ask: () => askUser({ prompt: "answer", resultKey: "said.d", next: name("event") }),
    event: () =>
      waitEvent({
        key: "never comes",
        next: name("lost"),
        timeoutMs: 3_000,
        timeoutNode: name("timer"),
      }),
    timer: () => waitUntil({ afterMs: 2_000, next: name("child") }),
    child: () => startSubworkflow({ workflow: "child", resultKey: "child", next: name("fan") }),
    fan: () =>
      branches([{ node: name("branch") }, { node: name("branch") }], {
        resultKey: "all",
        next: name("end"),
      }),
    branch: () => askUser({ prompt: "answer", resultKey: "said", next: name("leaf") }),
    leaf: (run) => complete(run.vars.said) as Plan,
    lost: () => complete("lost") as Plan,
    end: ({ vars }) =>
      complete([vars.said, vars.child?.output, vars.all?.results.map((r) => r.output)]) as Plan,
  };
  const handlers = Object.entries(nodes).map(([node, handler]) => [
    name(node),
    of(version, handler),
  ]);
  return defineWorkflow<string>({
    id,
    version,
    entry: name(id === "child" ? "branch" : "safe"),
    nodes: Object.fromEntries(handlers) as Record<string, Handler>,
    migrate,
  });
}

const names = "safe idempotent never ask event timer child fan branch leaf lost end".split(" ");
const migration: Migration = {
  from: "1",
  nodes: Object.fromEntries(names.map((name) => [`${name}1`, `${name}2`])),
  vars: (vars: Vars, { parentRunId }) => {
    if (parentRunId === null) vars.migrated = true;
  },
};

const [old, oldChild] = [workflow("main", "1"), workflow("child", "1")];
const newer = [workflow("main", "2", [migration]), workflow("child", "2", [migration])];

const keyOf = (payload: unknown): string => (payload as { key: string }).key;

const options: Omit<SimulationOptions, "seed"> = {
  workflows: (driver) => (driver === 0 ? [old, oldChild] : newer),
  effects: ({ clock }) =>
    (["safe", "idempotent", "never"] as const).map((replay) =>
      scriptedEffect({
        type: replay,
        replay,
        countsPer: "step",
        clock,
        outcomes: (payload) => ({ result: `did ${keyOf(payload)}`, afterMs: 200 }),
      }),
    ),
  start: [{ workflow: old, id: "run", vars: { said: {} } }],
  drivers: 2,
  outside: ({ runId, waiting, pending }): readonly OutsideAction[] => {
    const { waitId, gate, prompt } = waiting;
    if (gate === "unknown_outcome" && pending !== null) {
      const happened = `did ${keyOf(pending.effect.payload)}`;
      return [{ kind: "settle", runId, waitId, verdict: { happened } }];
    }
    if (prompt !== "answer") return [];
    return [{ kind: "answer", runId, waitId, payload: "yes", afterMs: 300 }];
  },
};

const output = [{ a: "did a", b: "did b", c: "did c", d: "yes" }, "yes", ["yes", "yes"]];

function migrationsOf(report: SimulationReport): readonly number[] {
  return [...report.runs.values()].map(
    ({ ledger }) => ledger.filter(({ kind }) => kind === "migrated").length,
  );
}

/** What must be true of every end. */
function endOf(report: SimulationReport): object {
  const root = report.runs.get("run")?.run;
  const runs = [...report.runs.values()].map(({ run }) => run);
  const isAhead = runs.some(
    ({ parent, workflowVersion }) =>
      parent?.branch === true && Number(workflowVersion) > Number(root?.workflowVersion),
  );
  return {
    status: root?.status,
    output: root?.output ?? root?.error,
    isMigratedTwice: Math.max(...migrationsOf(report)) > 1,
    isBranchAhead: isAhead,
  };
}

const end = { status: "completed", output, isMigratedTwice: false, isBranchAhead: false };

describe("a new version beside an old one, over one store", () => {
  it("drives each run by who has its graph, and none by two versions at once", async () => {
    let migrated = 0;
    let stayed = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const report = await simulate({ ...options, seed });
      expect(endOf(report)).toEqual(end);
      const counts = migrationsOf(report);
      migrated += counts.filter((count) => count > 0).length;
      stayed += counts.filter((count) => count === 0).length;
    }
    expect(migrated).toBeGreaterThan(20);
    expect(stayed).toBeGreaterThan(5);
  });

  it("comes to the same end with crashes, lost answers and delays", async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const faults = { failed: 0.02, lost: 0.02, delayed: 0.05 };
      const report = await simulate({ ...options, seed, crashes: 3, faults, drivers: 3 });
      expect(endOf(report)).toEqual(end);
    }
  });

  it.each<[string, NonNullable<SimulationOptions["store"]>]>([
    [
      "keeps values elsewhere",
      (clock) => {
        const artifacts = new MemoryArtifactStore({ clock });
        return offload(new MemoryStore({ clock }), { artifacts, thresholdBytes: 0 });
      },
    ],
    [
      "is made of two halves",
      (clock) =>
        combineStores({ runs: new MemoryRunStore({ clock }), ledger: new MemoryLedgerStore() }),
    ],
  ])("comes to the same end over a store that %s", async (_, store) => {
    for (let seed = 1; seed <= 10; seed += 1)
      expect(endOf(await simulate({ ...options, seed, store, crashes: 2 }))).toEqual(end);
  });

  it.each(["before", "after"] as const)("survives a crash %s each store call", async (when) => {
    const { calls } = await simulate({ ...options, seed: 1 });
    for (let call = 1; call <= calls; call += 1)
      expect(endOf(await simulate({ ...options, seed: 1, crashes: [{ call, when }] }))).toEqual(
        end,
      );
  });
});
