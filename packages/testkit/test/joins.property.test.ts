import { isEnded, type LedgerRecord } from "@abstractruntime/core";
import type { Join, JsonObject, RunState, Wait } from "@abstractruntime/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  simulate,
  type OutsideAction,
  type SimulatedRun,
  type SimulationReport,
} from "../src/index.ts";
import {
  anyTree,
  treeEffects,
  treeOutside,
  treeWorkflow,
  type JoinSpec,
} from "./support/join-tree.ts";
import { LivingChildren } from "./support/living-children.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const runs = Number(process.env["SIMULATION_RUNS"] ?? 100);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });
const anyDrivers = fc.integer({ min: 1, max: 4 });
const anyMoment = fc.constantFrom(0, 5, 100, 200, 1_000, 9_500);

const faults = { failed: 0.02, lost: 0.02, delayed: 0.05, cutOff: 0.005 };

interface Grown {
  readonly report: SimulationReport;
  /** The most children of a step that lived at the same time. */
  readonly most: ReadonlyMap<string, number>;
}

async function grow(
  spec: JoinSpec,
  chance: number,
  options: {
    readonly drivers: number;
    readonly actions?: readonly OutsideAction[];
    rough?: boolean;
  },
): Promise<Grown> {
  let store: LivingChildren | undefined;
  const report = await simulate({
    seed: chance,
    workflows: [treeWorkflow],
    effects: treeEffects,
    start: [{ workflow: treeWorkflow, id: "root", vars: { spec } as unknown as JsonObject }],
    outside: treeOutside,
    store: (clock) => (store = new LivingChildren(clock)),
    ...(options.rough === true && { crashes: 3, faults, clockSkewMs: 2_000 }),
    ...options,
  });
  return { report, most: store?.most ?? new Map() };
}

/** A wait for several children, as the ledgers tell of it. */
interface JoinWait {
  readonly parent: SimulatedRun;
  readonly wait: Wait;
  readonly join: Join;
  readonly branched: readonly number[];
  readonly ends: readonly (LedgerRecord & { kind: "answered" | "timed_out" })[];
  readonly children: readonly RunState[];
}

function joinWaits({ runs: all }: SimulationReport): readonly JoinWait[] {
  return [...all.values()].flatMap((parent) =>
    parent.ledger.flatMap((record): readonly JoinWait[] => {
      if (record.kind !== "waiting" || record.wait.join === null) return [];
      const { wait } = record;
      return [{ parent, wait, join: record.wait.join, ...storyOf(all, parent, wait) }];
    }),
  );
}

function storyOf(
  all: SimulationReport["runs"],
  { ledger }: SimulatedRun,
  { waitId, stepId }: Wait,
): Pick<JoinWait, "branched" | "ends" | "children"> {
  return {
    branched: ledger.flatMap((record) =>
      record.kind === "branched" && record.waitId === waitId ? [record.begun] : [],
    ),
    ends: ledger.filter(
      (record) =>
        (record.kind === "answered" || record.kind === "timed_out") && record.waitId === waitId,
    ) as JoinWait["ends"],
    children: [...all.values()]
      .map(({ run }) => run)
      .filter(({ parent }) => parent !== null && parent.stepId === stepId)
      .toSorted((a, b) => (a.runId < b.runId ? -1 : 1)),
  };
}

/** What must be true of every join, whatever happened. */
function assertJoin(story: JoinWait, most: Grown["most"]): void {
  const { parent, wait, join, branched, ends, children } = story;
  const counts = [join.begun, ...branched];
  expect(counts).toEqual([...new Set(counts)].toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBeLessThanOrEqual(join.total);
  expect(children.map(({ parent: link }) => link?.index)).toEqual(
    Array.from({ length: counts.at(-1) ?? 0 }, (_, index) => index),
  );
  expect(most.get(wait.stepId ?? "") ?? 0).toBeLessThanOrEqual(join.maxConcurrency ?? Infinity);
  const isOver = parent.run.waiting?.waitId !== wait.waitId;
  if (isOver) expect(children.filter((child) => !isEnded(child))).toEqual([]);
  const [end, ...more] = ends;
  expect(more).toEqual([]);
  if (end === undefined) expect(isOver ? parent.run.status : "cancelled").toBe("cancelled");
  else if (end.kind === "answered") assertAnswer(story, end);
}

function assertAnswer(
  { join, children }: JoinWait,
  { result, error }: LedgerRecord & { kind: "answered" },
): void {
  const failed = children.filter(({ status }) => status !== "completed").length;
  if (error !== null) {
    const needed = join.onFailure === "fail_fast" ? 1 : join.total - (join.need ?? join.total) + 1;
    expect(failed).toBeGreaterThanOrEqual(needed);
    return;
  }
  const { results, completed } = result as unknown as { results: JsonObject[]; completed: number };
  expect(results.length).toBe(join.need ?? join.total);
  expect(results.filter(({ status }) => status === "completed").length).toBe(completed);
  if (join.need !== null || join.onFailure === "fail_fast") expect(completed).toBe(results.length);
  const indexes = results.map(({ index }) => Number(index));
  expect(indexes).toEqual([...new Set(indexes)].toSorted((a, b) => a - b));
  for (const { index, sub_run_id: runId, status, output } of results) {
    const child = children[Number(index)];
    expect({ runId, status, output }).toEqual({
      runId: child?.runId,
      status: child?.status,
      output: child?.output,
    });
  }
}

function assertFamily({ report, most }: Grown): void {
  for (const story of joinWaits(report)) assertJoin(story, most);
  const orphans = [...report.runs.values()].filter(({ run }) => {
    const parent = report.runs.get(run.parentRunId ?? "");
    return parent !== undefined && isEnded(parent.run) && !isEnded(run);
  });
  expect(orphans).toEqual([]);
}

const anyActions: fc.Arbitrary<readonly OutsideAction[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: anyMoment.map((afterMs): readonly OutsideAction[] => [
      { kind: "cancel", runId: "root", afterMs },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyMoment, anyMoment).map(([afterMs, ms]): readonly OutsideAction[] => [
      { kind: "pause", runId: "root", afterMs },
      { kind: "unpause", runId: "root", afterMs: afterMs + ms },
    ]),
  },
);

describe("a join", () => {
  it("begins each child once, ends once, and leaves nobody behind", () =>
    fc.assert(
      fc.asyncProperty(
        anyTree,
        anySeed,
        anyDrivers,
        anyActions,
        async (spec, chance, drivers, actions) => {
          assertFamily(await grow(spec, chance, { drivers, actions }));
        },
      ),
      { numRuns: runs * 2, seed },
    ));

  it("does so through crashes, lost answers and clocks that differ", () =>
    fc.assert(
      fc.asyncProperty(
        anyTree,
        anySeed,
        anyDrivers,
        anyActions,
        async (spec, chance, drivers, actions) => {
          assertFamily(await grow(spec, chance, { drivers, actions, rough: true }));
        },
      ),
      { numRuns: runs * 2, seed },
    ));
});
