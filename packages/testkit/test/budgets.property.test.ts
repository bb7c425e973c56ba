import {
  exhausted,
  isEnded,
  usageOf,
  type CompletedRecord,
  type LedgerRecord,
  type RunState,
  type WaitingRun,
} from "@abstractruntime/core";
import { foldRun, reduce, type JsonObject } from "@abstractruntime/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  simulate,
  type OutsideAction,
  type SimulatedRun,
  type SimulationOptions,
  type SimulationReport,
} from "../src/index.ts";
import {
  anyLineOfSpenders,
  anySpenders,
  attemptName,
  spendersOf,
  spendingEffects,
  type Reported,
  type SpenderSpec,
} from "./support/spenders.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 100);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });

interface Spent extends SimulationReport {
  readonly reported: Reported;
}

async function spend(
  spec: SpenderSpec,
  options: Partial<SimulationOptions>,
  limits: JsonObject = {},
): Promise<Spent> {
  const reported: Reported = new Map();
  const workflows = spendersOf(spec);
  const workflow = workflows.at(-1);
  if (workflow === undefined) throw new Error("a family has at least one workflow");
  const report = await simulate({
    workflows,
    effects: (world) => spendingEffects(world, reported),
    start: [{ workflow, id: "root", vars: { _limits: { max_iterations: -1, ...limits } } }],
    outside: helped,
    ...options,
  });
  return { ...report, reported };
}

/** Unknown outcomes are tried again. Limits are raised by a little, and by much if that was not enough. */
function helped({ runId, waiting, vars }: WaitingRun): readonly OutsideAction[] {
  const { gate, waitId } = waiting;
  if (gate === null) return [];
  const raiseBy = (more: number, afterMs: number): OutsideAction => ({
    kind: "limits",
    runId,
    limits: { budget_tokens: tokensOf(vars) + more },
    afterMs,
  });
  return gate === "limit"
    ? [raiseBy(40, 30), raiseBy(5_000, 600_000)]
    : [{ kind: "settle", runId, waitId, verdict: "not_happened", afterMs: 30 }];
}

function tokensOf(vars: JsonObject): number {
  return usageOf({ vars })?.inputTokens ?? 0;
}

/** The attempt whose use a record counts, if it counts an attempt's. */
function attemptOf(record: LedgerRecord): string | null {
  if (!("usage" in record) || record.usage === undefined) return null;
  if (record.kind === "settled")
    return record.messageId?.replace(/:(\d+):outcome$/, " attempt $1") ?? null;
  return "attempt" in record ? attemptName(record.stepId, record.attempt) : null;
}

/** What the ledger counts of each attempt. */
function booked({ ledger }: SimulatedRun): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const record of ledger) {
    const name = attemptOf(record);
    if (name === null || !("usage" in record)) continue;
    sums.set(name, (sums.get(name) ?? 0) + (record.usage?.inputTokens ?? 0));
  }
  return sums;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

/** Everything that may be counted of an attempt: any of its reports, each once. */
function partsOf(reports: readonly number[]): readonly number[] {
  return reports.reduce<readonly number[]>(
    (sums, report) => [...sums, ...sums.map((total) => total + report)],
    [0],
  );
}

/** @param isWhole whether nothing may be missing of what ended */
function expectHonest({ runs, reported }: Spent, isWhole: boolean): void {
  for (const run of runs.values()) {
    const sums = booked(run);
    for (const [name, tokens] of sums) expect(partsOf(reported.get(name) ?? [])).toContain(tokens);
    for (const { stepId, attempt } of isWhole ? run.ledger.filter(isCompleted) : []) {
      const name = attemptName(stepId, attempt);
      expect(sums.get(name) ?? 0).toBe(sum(reported.get(name) ?? []));
    }
  }
  const brought = [...runs.values()].filter(
    ({ run }) => run.parent !== null && tokensOf(run.vars) > 0,
  );
  const home = [...runs.values()].flatMap(({ ledger }) => ledger.flatMap(childOf));
  expect(new Set(home).size).toBe(home.length);
  const expected = isWhole ? brought.map(({ run }) => run.runId) : home;
  expect(home.toSorted()).toEqual(expected.toSorted());
}

function isCompleted(record: LedgerRecord): record is CompletedRecord {
  return record.kind === "completed";
}

/** The child whose use a record counts. */
function childOf(record: LedgerRecord): readonly string[] {
  if (!("usage" in record) || record.usage === undefined || attemptOf(record) !== null) return [];
  return "messageId" in record ? [String(record.messageId).replace(/:(?:ended|spent)$/, "")] : [];
}

/** The states that a ledger passes through, each with the record that made it. */
function* lives(ledger: readonly LedgerRecord[]): Generator<readonly [LedgerRecord, RunState]> {
  const [first, ...rest] = ledger;
  if (first === undefined) return;
  let run = foldRun([first]);
  yield [first, run];
  for (const record of rest) {
    run = reduce(run, record);
    yield [record, run];
  }
}

describe("budgets", () => {
  it("hold the sum of what all attempts of a family reported", () =>
    fc.assert(
      fc.asyncProperty(anySpenders(), anySeed, async (spec, chance) => {
        const spent = await spend(spec, { seed: chance, drivers: 1 });
        expectHonest(spent, true);
        const root = spent.runs.get("root");
        const all = sum([...spent.reported.values()].map(sum));
        expect(tokensOf(root!.run.vars)).toBe(all);
        expect(usageOf(root!.run)?.cost ?? 0).toBe(all / 100);
      }),
      { numRuns, seed },
    ));

  it("count no attempt and no child twice, and after crashes alone all that ended", () =>
    fc.assert(
      fc.asyncProperty(
        anySpenders(),
        anySeed,
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (spec, chance, drivers, hasFaults) => {
          const faults = { failed: 0.03, lost: 0.03, delayed: 0.05, cutOff: 0.01 };
          const rough = { crashes: 3, clockSkewMs: 2_000, ...(hasFaults && { faults }) };
          expectHonest(await spend(spec, { seed: chance, drivers, ...rough }), !hasFaults);
        },
      ),
      { numRuns, seed },
    ));

  it("begin nothing once they are used up, and every wait for them ends when they are raised", () =>
    fc.assert(
      fc.asyncProperty(
        anySpenders(),
        anySeed,
        fc.nat(100),
        fc.boolean(),
        async (spec, chance, budget, isRough) => {
          const rough = { crashes: 3, drivers: 3, faults: { failed: 0.03, lost: 0.03 } };
          const options = { seed: chance, drivers: 1, ...(isRough && rough) };
          const limits = { enforce: true, budget_tokens: budget };
          const spent = await spend(spec, options, limits);
          for (const { run, ledger } of spent.runs.values()) {
            expect(isEnded(run)).toBe(true);
            const begun = [...lives(ledger)].filter(
              ([record, state]) => record.kind === "begun" && spends(state),
            );
            for (const [, state] of begun) expect(exhausted(state.vars)).toEqual([]);
          }
          expectHonest(spent, !isRough);
        },
      ),
      { numRuns, seed },
    ));

  it("are exceeded by no more than what is in flight", () =>
    fc.assert(
      fc.asyncProperty(anyLineOfSpenders(), anySeed, fc.nat(100), async (spec, chance, budget) => {
        const limits = { enforce: true, budget_tokens: budget };
        const { runs } = await spend(spec, { seed: chance, drivers: 1 }, limits);
        const root = runs.get("root");
        const inFlight = Math.max(
          0,
          ...spec.flat().map((act) => (act.act === "work" ? sum(act.parts) : 0)),
        );
        const moments = childRaised(root!, runs) ? [] : [...lives(root!.ledger)];
        for (const [record, { vars }] of moments) {
          if (record.kind === "limits" && record.changes.length === 0) continue;
          const most = Number((vars["_limits"] as JsonObject)["budget_tokens"]) - 1 + inFlight;
          expect(tokensOf(vars)).toBeLessThanOrEqual(Math.max(most, 0));
        }
      }),
      { numRuns, seed },
    ));
});

/** Whether the run's pending effect is one that budgets are for. */
function spends({ pending }: RunState): boolean {
  return pending !== null && ["safe", "idempotent", "never", "hasty"].includes(pending.effect.type);
}

/** Whether somebody gave a descendant more than it had of its parent: that goes beyond the parent's own budget. */
function childRaised({ run }: SimulatedRun, runs: Spent["runs"]): boolean {
  return [...runs.values()].some(
    (other) => other.run.runId !== run.runId && other.ledger.some(({ kind }) => kind === "gated"),
  );
}
