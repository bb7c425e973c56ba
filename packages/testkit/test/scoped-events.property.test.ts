import {
  complete,
  defineWorkflow,
  waitAny,
  waitEvent,
  type EventAddress,
  type RunState,
  type Workflow,
} from "@abstractruntime/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { simulate, type OutsideAction, type SimulationOptions } from "../src/index.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 100);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const inOrder = (said: readonly string[]): readonly string[] =>
  said.toSorted((a, b) => (a < b ? -1 : 1));

/** Hears an event of each scope, in turn or whichever comes first, and tells what each of them said. */
const hears = (id: string): Workflow =>
  defineWorkflow({
    id,
    entry: "session",
    nodes: {
      session: () => waitEvent({ name: "e", scope: "session", resultKey: "session", next: "any" }),
      any: () =>
        waitAny({
          events: [
            { name: "e", scope: "run" },
            { name: "e", scope: "workflow" },
          ],
          resultKey: "first",
          next: "rest",
        }),
      rest: (run) =>
        waitEvent({
          name: "e",
          scope: run.vars.first.scope === "run" ? "workflow" : "run",
          resultKey: "second",
          next: "global",
        }),
      global: () =>
        waitEvent({ key: [{ name: "e", scope: "global" }], resultKey: "all", next: "end" }),
      end: ({ vars: { session, first, second, all } }) =>
        complete(inOrder([session, first.payload, second, all])),
    },
  });

const [left, right] = [hears("left"), hears("right")];

/** Each run of its own session and workflow. */
const runs = [
  { workflow: left, id: "a", sessionId: "right" },
  { workflow: right, id: "b", sessionId: "left" },
];

/** Sessions are named like workflows. */
const addresses: readonly EventAddress[] = [
  { scope: "session", sessionId: "left" },
  { scope: "session", sessionId: "right" },
  { scope: "workflow", workflowId: "left" },
  { scope: "workflow", workflowId: "right" },
];

const sayOf = (address: EventAddress): string => JSON.stringify(address);

const anyMoments = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 12, maxLength: 12 });

function event(to: EventAddress, afterMs = 0, eventId = sayOf(to)): OutsideAction {
  return { kind: "event", key: "e", to, payload: sayOf(to), eventId, afterMs };
}

/** Each is sent twice, as by a webhook that was not sure. */
function eventsAt(moments: readonly number[]): readonly OutsideAction[] {
  return [...addresses, ...addresses].map((to, index) => event(to, moments[index]));
}

/** To a run, once it is there; to all, once it is waited for, or a run would miss it. */
function eventsFor(
  { runId, currentNode }: RunState,
  moments: readonly number[],
): readonly OutsideAction[] {
  const to: EventAddress = { scope: "run", runId };
  if (currentNode === "session") return moments.slice(8, 10).map((afterMs) => event(to, afterMs));
  if (currentNode !== "global") return [];
  return [0, 5].map((afterMs) => event({ scope: "global" }, afterMs, `all-${runId}`));
}

it.each([
  ["asked of drivers", false],
  ["asked of clients", true],
])("each run hears what is for it, once, in whatever order it comes, %s", (_, byClient) =>
  fc.assert(
    fc.asyncProperty(
      anyMoments,
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 3 }),
      async (moments, chance, drivers) => {
        const options: SimulationOptions = {
          seed: chance,
          drivers,
          byClient,
          workflows: [left, right],
          start: runs.map((start, index) => ({ ...start, afterMs: moments[10 + index] ?? 0 })),
          actions: eventsAt(moments),
          outside: (run) => eventsFor(run, moments),
          crashes: 3,
          faults: { failed: 0.02, lost: 0.03, delayed: 0.05 },
        };
        const report = await simulate(options);
        for (const { id, workflow, sessionId } of runs) {
          const own: readonly EventAddress[] = [
            { scope: "session", sessionId },
            { scope: "workflow", workflowId: workflow.id },
            { scope: "run", runId: id },
            { scope: "global" },
          ];
          expect(report.runs.get(id)?.run).toMatchObject({
            status: "completed",
            output: inOrder(own.map(sayOf)),
          });
        }
      },
    ),
    { numRuns, seed },
  ),
);
