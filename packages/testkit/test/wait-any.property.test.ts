import {
  complete,
  defineWorkflow,
  isAbstractRuntimeError,
  startSubworkflow,
  waitAny,
  waitEvent,
  type Runtime,
  type WaitAnyResult,
} from "@abstractruntime/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newWorld, type World } from "../../core/test/world.ts";
import { simulate, type OutsideAction, type SimulatedRun } from "../src/index.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 150);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const HURRY_MS = 1_000;

const child = defineWorkflow({
  id: "child",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "go", next: "end" }),
    end: () => complete("done"),
  },
});

/** Waits for the first of everything, then again for what is left, until all of it came; only the first time in a hurry. */
const collector = defineWorkflow({
  id: "collector",
  entry: "start",
  nodes: {
    start: () =>
      startSubworkflow({ workflow: child, async: true, resultKey: "child", next: "wait" }),
    wait: (run) => {
      const { told = [] } = run.vars;
      if (everything.every((what) => told.some((won: WaitAnyResult) => nameOf(won) === what)))
        return complete(told);
      const isTold = told.some(({ won }: WaitAnyResult) => won === "child");
      return waitAny({
        events: ["a", "b"],
        user: { prompt: "?", key: "ask" },
        children: isTold ? [] : [run.vars.child.sub_run_id],
        ...(told.length === 0 && { afterMs: HURRY_MS }),
        resultKey: "won",
        next: "note",
      });
    },
    note: (run) => {
      const { told = [], won } = run.vars;
      run.vars.told = [...told, won];
      return { nextNode: "wait" };
    },
  },
});

/** What comes once, and is never lost. */
const everything = ["a", "b", "ask", "child"];

/** Which arrival a result is of. */
function nameOf(won: WaitAnyResult): string {
  if (won.won === "event") return won.key;
  if (won.won === "user") return String(won.answer);
  return won.won;
}

/** What may come to the waiting run `root`, in any order. None of them drives it, but time. */
const arrivals: Readonly<Record<string, (world: Scene) => Promise<unknown>>> = {
  a: ({ outside }) => outside.emitEvent("a", null, { drive: false }),
  b: ({ outside }) => outside.emitEvent("b", null, { runId: "root", drive: false }),
  ask: ({ outside }) => outside.emitEvent("ask", "ask", { drive: false }),
  answer: ({ outside, waitId }) =>
    outside.resume("root", "answer", { waitId, messageId: "answer", drive: false }),
  child: ({ nurse }) => nurse.emitEvent("go"),
  time: async ({ world, driver }) => {
    await world.clock.advance(HURRY_MS);
    await driver.tick("root");
  },
};

interface Scene {
  readonly world: World;
  readonly driver: Runtime;
  /** Knows no workflow. */
  readonly outside: Runtime;
  /** Knows the child's workflow alone. */
  readonly nurse: Runtime;
  /** The first wait's. */
  readonly waitId: string;
}

async function newScene(): Promise<Scene> {
  const world = newWorld();
  const driver = world.runtime({ workflows: [child, collector] });
  await driver.start(collector, { id: "root" });
  await world.settle();
  const { waiting } = await world.state("root");
  const nurse = world.runtime({ workflows: [child] });
  return { world, driver, outside: world.runtime(), nurse, waitId: waiting?.waitId ?? "" };
}

describe("a wait for the first of several things", () => {
  it("is won by what came first, refuses answers that came later, and leaves the rest for later waits", () =>
    fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(Object.keys(arrivals), { minLength: 1 }),
        async (order) => {
          const scene = await newScene();
          const refusals = new Map<string, string>();
          for (const name of order) {
            const arrived = arrivals[name]?.(scene);
            await arrived?.catch((error: unknown) => {
              if (!isAbstractRuntimeError(error)) throw error;
              refusals.set(name, error.code);
            });
            await scene.world.settle();
          }
          await scene.driver.tick("root");
          const { vars, output } = await scene.world.state("root");
          const told = (output ?? vars["told"]) as readonly WaitAnyResult[];
          // Time and the answer are for the first wait alone.
          const kept = order.filter(
            (name, place) => place === 0 || (name !== "answer" && name !== "time"),
          );
          expect(told.map(nameOf)).toEqual(kept);
          const isRefused = order.includes("answer") && !kept.includes("answer");
          const refusal = await refusalOf(scene, "answer", refusals);
          expect(refusal ?? "none").toMatch(
            isRefused ? /^(wait_id_mismatch|run_not_waiting)$/ : /^none$/,
          );
        },
      ),
      { numRuns: numRuns * 2, seed },
    ));

  it("has exactly one winner and loses nothing, whatever crashes in between", () =>
    fc.assert(
      fc.asyncProperty(
        fc.tuple(anyMoment(), anyMoment(), anyMoment(), anyMoment()),
        fc.array(anyMoment(), { maxLength: 2 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 1, max: 4 }),
        async ([a, b, ask, go], answers, chance, drivers) => {
          const report = await simulate({
            seed: chance,
            drivers,
            crashes: 3,
            faults: { failed: 0.02, lost: 0.02, delayed: 0.05, maxDelayMs: 1_500 },
            workflows: [child, collector],
            start: [{ workflow: collector, id: "root" }],
            actions: [eventAt(a, "a"), eventAt(b, "b"), eventAt(ask, "ask"), eventAt(go, "go")],
            outside: ({ runId, waiting: { until, waitId } }) =>
              until === null
                ? [] // it is not the first wait
                : answers.map((afterMs) => {
                    return { kind: "answer", runId, waitId, payload: "answer", afterMs };
                  }),
          });
          const root = report.runs.get("root");
          if (root === undefined) throw new Error("there is no root");
          assertOneEndOfEachWait(root);
          const told = (root.run.output as unknown as readonly WaitAnyResult[]).map(nameOf);
          const isForAnyWait = (name: string): boolean => everything.includes(name);
          expect(told.filter(isForAnyWait).toSorted()).toEqual(everything.toSorted());
          expect(told.slice(1).every(isForAnyWait)).toBe(true);
          const late = report.refusals.map(({ code }) => code);
          expect(["run_not_waiting", "wait_id_mismatch", "run_ended"]).toEqual(
            expect.arrayContaining(late),
          );
        },
      ),
      { numRuns: numRuns * 2, seed },
    ));
});

/** With which code a message was refused: at the door, or by who read it. */
async function refusalOf(
  { world }: Scene,
  messageId: string,
  atTheDoor: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const records = await world.store.records("root");
  const reader = records.find((record) => "messageId" in record && record.messageId === messageId);
  return atTheDoor.get(messageId) ?? (reader?.kind === "refused" ? reader.reason.code : undefined);
}

/** Around the moments at which the first wait begins and ends. */
function anyMoment(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: HURRY_MS - 20, max: HURRY_MS + 60 }),
    fc.integer({ min: 0, max: 4 * HURRY_MS }),
  );
}

function eventAt(afterMs: number, key: string): OutsideAction {
  return { kind: "event", key, payload: key, afterMs };
}

/** Every wait that began has ended once, and by what its result says. */
function assertOneEndOfEachWait({ ledger }: SimulatedRun): void {
  const begun = ledger.flatMap((record) => (record.kind === "waiting" ? [record.wait.waitId] : []));
  const ended = ledger.flatMap((record) =>
    record.kind === "answered" || record.kind === "timed_out" ? [record.waitId] : [],
  );
  expect(ended).toEqual(begun);
}
