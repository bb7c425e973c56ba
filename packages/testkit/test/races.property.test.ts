import { askUser, complete, defineWorkflow, waitEvent } from "@abstractruntime/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  simulate,
  type Accepted,
  type OutsideAction,
  type SimulatedRun,
  type SimulationOptions,
  type SimulationReport,
} from "../src/index.ts";
import { anyWorkflow } from "./support/any-workflow.ts";
import { familyOf } from "./support/family.ts";
import { deliveries, type Deliveries } from "./support/deliveries.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const runs = Number(process.env["SIMULATION_RUNS"] ?? 100);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });
const anyDrivers = fc.integer({ min: 1, max: 4 });

/** Waits a second for the key, then a second for a person. */
const patient = defineWorkflow({
  id: "patient",
  entry: "event",
  nodes: {
    event: () =>
      waitEvent({
        key: "key",
        next: "ask",
        resultKey: "heard",
        timeoutMs: 1_000,
        timeoutNode: "ask",
      }),
    ask: () => askUser({ prompt: "?", next: "end", resultKey: "said", timeoutMs: 1_000 }),
    end: (run) => complete({ heard: run.vars.heard, said: run.vars.said }),
  },
});

/** Around the moments at which the waits begin and give up. */
const anyMoment = fc.oneof(
  fc.integer({ min: 0, max: 30 }),
  fc.integer({ min: 980, max: 1_020 }),
  fc.integer({ min: 1_900, max: 2_100 }),
);

const anyAction: fc.Arbitrary<OutsideAction> = fc.oneof(
  { weight: 5, arbitrary: anyMoment.map((afterMs): OutsideAction => event(afterMs, undefined)) },
  { weight: 3, arbitrary: anyMoment.map((afterMs): OutsideAction => event(afterMs, "root")) },
  {
    weight: 1,
    arbitrary: anyMoment.map((afterMs): OutsideAction => ({
      kind: "cancel",
      runId: "root",
      afterMs,
    })),
  },
);

const anyPause = fc
  .tuple(anyMoment, fc.integer({ min: 0, max: 1_500 }))
  .map(([afterMs, ms]): readonly OutsideAction[] => [
    { kind: "pause", runId: "root", afterMs },
    { kind: "unpause", runId: "root", afterMs: afterMs + ms },
  ]);

function event(afterMs: number, runId: string | undefined): OutsideAction {
  const payload = { afterMs };
  return { kind: "event", key: "key", payload, afterMs, ...(runId !== undefined && { runId }) };
}

const faults = { failed: 0.02, lost: 0.02, delayed: 0.05, maxDelayMs: 1_500 };

function patientOptions(chance: number, drivers: number): SimulationOptions {
  return {
    seed: chance,
    drivers,
    workflows: [patient],
    start: [{ workflow: patient, id: "root" }],
    outside: ({ runId, waiting }) =>
      waiting.reason === "user"
        ? [990, 995, 1_000].map((afterMs) => {
            const { waitId } = waiting;
            return { kind: "answer", runId, waitId, payload: { afterMs }, afterMs };
          })
        : [],
  };
}

function rootOf(report: SimulationReport): SimulatedRun {
  const root = report.runs.get("root");
  if (root === undefined) throw new Error("there is no root");
  return root;
}

/** Of the messages that were in the inbox for a wait, the first ended it, unless one was written past the inbox. */
function assertFirstWins({ ledger }: SimulatedRun, { positions }: Deliveries): void {
  for (const record of ledger) {
    if (record.kind !== "answered" || record.messageId === null) continue;
    const position = positions.get(record.messageId);
    const first = positions.firstFor(record.key ?? record.waitId);
    expect([first, undefined]).toContain(position);
  }
}

/** One answer ended the wait, or a cancel did; and who answered was told so. */
function assertOneAnswer(
  { run, ledger }: SimulatedRun,
  accepted: readonly Accepted[],
  isCancelled: boolean,
): void {
  const answers = ledger.filter((record) => record.kind === "answered" && record.key === null);
  const said = answers.map((record) => ("result" in record ? record.result : null));
  const winners = answers.map((record) => ("messageId" in record ? record.messageId : null));
  const told = accepted.map(({ messageId }) => messageId).filter((id) => winners.includes(id));
  const end = [run.status, run.output];
  const answered = ["completed", { said: said[0] ?? "no answer" }];
  const cancelled = ["cancelled", null];
  expect(isCancelled ? [answered, cancelled] : [answered]).toContainEqual(end);
  expect(said.length).toBeLessThanOrEqual(1);
  expect(told).toEqual(winners);
}

describe("what is sent to a waiting run", () => {
  it("is never lost, whatever it meets, and of several events the first wins", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(anyAction, { maxLength: 6 }),
        fc.array(anyPause, { maxLength: 2 }),
        anySeed,
        anyDrivers,
        async (actions, pauses, chance, drivers) => {
          const seen = deliveries();
          const report = await simulate({
            ...patientOptions(chance, drivers),
            actions: [...actions, ...pauses.flat()],
            store: seen.store,
            faults,
            crashes: 2,
          });
          const root = rootOf(report);
          expect(
            root.ledger.filter(({ kind }) => kind === "answered" || kind === "timed_out").length,
          ).toBeLessThanOrEqual(2);
          assertFirstWins(root, seen);
        },
      ),
      { numRuns: runs * 3, seed },
    ));

  it("ends a run once when two runtimes answer and a third cancels", () =>
    fc.assert(
      fc.asyncProperty(anySeed, fc.boolean(), async (chance, cancels) => {
        const report = await simulate({
          ...patientOptions(chance, 3),
          outside: ({ runId, waiting: { waitId, reason } }) => {
            if (reason === "event") return [{ kind: "event", key: "key", payload: null }];
            const answers = ["a", "b"].map((payload): OutsideAction => ({
              kind: "answer",
              runId,
              waitId,
              payload,
              afterMs: 10,
            }));
            return cancels ? [...answers, { kind: "cancel", runId, afterMs: 10 }] : answers;
          },
        });
        assertOneAnswer(rootOf(report), report.accepted, cancels);
      }),
      { numRuns: runs * 3, seed },
    ));

  it("cancels a tree to its leaves, at any moment and through crashes", () =>
    fc.assert(
      fc.asyncProperty(
        anyWorkflow(),
        anySeed,
        fc.integer({ min: 0, max: 8_000 }),
        async (spec, chance, afterMs) => {
          const family = familyOf(spec);
          const cancel: OutsideAction = { kind: "cancel", runId: "root", afterMs };
          const actions = [...(family.actions ?? []), cancel];
          const report = await simulate({
            ...family,
            actions,
            seed: chance,
            drivers: 3,
            crashes: 2,
            faults,
          });
          if (rootOf(report).run.status !== "cancelled") return;
          const living = [...report.runs.values()].filter(
            ({ run }) => run.status === "running" || run.status === "waiting",
          );
          expect(living.map(({ run }) => run.runId)).toEqual([]);
        },
      ),
      { numRuns: runs, seed },
    ));
});
