import { MemoryStore, Runtime, type ForkEffects } from "@abstractruntime/core";
import { foldRun, isEnded, type Clock, type LedgerRecord } from "@abstractruntime/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  simulate,
  type OutsideAction,
  type SimulatedRun,
  type SimulationReport,
} from "../src/index.ts";
import { anyWorkflow, type FamilySpec } from "./support/any-workflow.ts";
import { everyStep } from "./support/every-step.ts";
import { familyOf } from "./support/family.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Math.ceil(Number(process.env["SIMULATION_RUNS"] ?? 150) / 5);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });
const policies: readonly ForkEffects[] = ["recorded", "rerun", "ask"];

/** A store in which these runs have happened. */
function storeOf(runs: Iterable<SimulatedRun>, clock: Clock): MemoryStore {
  const store = new MemoryStore({ clock });
  for (const { run, head, ledger } of runs)
    void store.create({
      run,
      commitId: head.commitId,
      records: ledger,
      lease: null,
      wakeAt: null,
      children: [],
      messages: [],
    });
  return store;
}

/** A fork of a run at each of its records before the last one. */
function forksOf({ run, ledger }: SimulatedRun, effects: ForkEffects): readonly OutsideAction[] {
  const seqs = ledger.map(({ seq }) => seq).filter((seq) => seq < run.seq || !isEnded(run));
  return seqs.map((atSeq) => ({
    kind: "fork",
    runId: run.runId,
    id: `${run.runId}-at-${atSeq}`,
    atSeq,
    effects,
  }));
}

/** Simulate forks of all runs of a report, at all of their records. */
async function forkAll(
  spec: FamilySpec,
  { runs }: SimulationReport,
  options: { readonly seed: number; readonly effects: ForkEffects; readonly crashes?: number },
): Promise<readonly SimulatedRun[]> {
  const { effects, ...rest } = options;
  const actions = [...runs.values()].flatMap((run) => forksOf(run, effects));
  const report = await simulate({
    ...familyOf(spec),
    ...rest,
    start: [],
    actions,
    store: (clock) => storeOf(runs.values(), clock),
    maxCalls: 500_000,
  });
  expect(report.refusals.filter(({ errand }) => errand.startsWith("fork "))).toEqual([]);
  for (const { run, ledger } of runs.values())
    expect([run, ledger]).toEqual([report.runs.get(run.runId)?.run, ledger]);
  const forks = [...report.runs.values()].filter(({ run }) => run.origin !== null);
  expect(forks).toHaveLength(actions.length);
  return forks;
}

/** Whether a fork came to its end, or waits for what only its origin's life, or nobody, gives. */
function isAtRest({ run }: SimulatedRun): boolean {
  if (isEnded(run)) return true;
  const keys = run.waiting?.waitKeys ?? [];
  return (
    keys.some((key) => key.startsWith("subworkflow:") || key === "what never comes") || isLost(run)
  );
}

function isLost({ waiting, workflowId }: SimulatedRun["run"]): boolean {
  return workflowId === "lost" || waiting?.reason === "subworkflow";
}

function expectWhole(forks: readonly SimulatedRun[]): void {
  for (const fork of forks) {
    expect(foldRun(fork.ledger)).toEqual(fork.run);
    expect(JSON.stringify(fork.run.error)).not.toContain("effect_not_registered");
    expect([fork.run.runId, fork.run.waiting, isAtRest(fork)]).toEqual([
      fork.run.runId,
      fork.run.waiting,
      true,
    ]);
  }
}

describe("stateAt", () => {
  it("is the fold of every prefix of random ledgers", () =>
    fc.assert(
      fc.asyncProperty(anyWorkflow(), anySeed, async (spec, chance) => {
        const { runs } = await simulate({ ...familyOf(spec), seed: chance, crashes: 2 });
        const clock = { now: () => 0, sleep: async () => {}, schedule: () => () => {} };
        await using runtime = new Runtime({ store: storeOf(runs.values(), clock) });
        for (const { run, ledger } of runs.values())
          for (const { seq } of ledger)
            expect(await runtime.stateAt(run.runId, seq)).toEqual(foldRun(prefix(ledger, seq)));
      }),
      { numRuns, seed },
    ));
});

describe("fork", () => {
  it.each(Object.entries(everyStep))(
    "at every record of runs with all %s goes on",
    async (_, spec) => {
      const report = await simulate({ ...familyOf(spec), seed, drivers: 1 });
      for (const effects of policies) {
        const forks = await forkAll(spec, report, { seed, effects });
        expect(forks.length).toBeGreaterThan(3);
        expectWhole(forks);
      }
    },
  );

  it(
    "at every record of random runs goes on to a whole end, whoever crashes",
    () =>
      fc.assert(
        fc.asyncProperty(
          anyWorkflow(),
          anySeed,
          fc.constantFrom(...policies),
          fc.nat(3),
          async (spec, chance, effects, crashes) => {
            const report = await simulate({ ...familyOf(spec), seed: chance, crashes: 2 });
            expectWhole(await forkAll(spec, report, { seed: chance, effects, crashes }));
          },
        ),
        { numRuns: Math.ceil(numRuns / 2), seed },
      ),
    300_000,
  );

  it("of runs that are under way is whole, too", () =>
    fc.assert(
      fc.asyncProperty(
        anyWorkflow(),
        anySeed,
        fc.array(fc.record({ atSeq: fc.integer({ min: 1, max: 25 }), afterMs: fc.nat(9_000) }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (spec, chance, places) => {
          const actions = places.map(({ atSeq, afterMs }, n): OutsideAction => {
            const effects = policies[n % 3] ?? "ask";
            return {
              kind: "fork",
              runId: n % 2 === 0 ? "root" : "fork-0",
              id: `fork-${n}`,
              atSeq,
              afterMs,
              effects,
            };
          });
          const faults = { failed: 0.02, lost: 0.02, delayed: 0.02 };
          const family = familyOf(spec);
          const report = await simulate({
            ...family,
            actions: [...(family.actions ?? []), ...actions],
            seed: chance,
            drivers: 3,
            crashes: 3,
            faults,
          });
          for (const { run, ledger } of report.runs.values()) expect(foldRun(ledger)).toEqual(run);
          const refused = report.refusals.filter(({ errand }) => errand.startsWith("fork "));
          const known = ["invalid_argument", "run_not_found", "run_ended"];
          expect(refused.filter(({ code }) => !known.includes(code))).toEqual([]);
        },
      ),
      { numRuns, seed },
    ));
});

function prefix(ledger: readonly LedgerRecord[], seq: number): readonly LedgerRecord[] {
  return ledger.filter((record) => record.seq <= seq);
}
