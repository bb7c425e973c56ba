import {
  foldRun,
  isAbstractRuntimeError,
  type ErrorCode,
  type JsonObject,
  type LedgerRecord,
  type RunState,
} from "@abstractruntime/core";
import { act } from "./act.ts";
import { isEdited } from "./edit-wait.ts";
import { legacyView, type LegacyStep } from "./legacy-view.ts";
import { PowerCut } from "./mortal-store.ts";
import { runFields } from "./run-view.ts";
import type { Action, ActionResult, Scenario } from "./scenario.ts";
import { ScenarioWorld } from "./scenario-world.ts";
import type { StorePlace } from "./store-place.ts";

/** One run after a scenario. */
export interface RunAfter {
  readonly alias: string;
  readonly state: RunState;
  /** In 0.2.0's fields, with aliases for ids. */
  readonly fields: JsonObject;
  readonly records: readonly LedgerRecord[];
  readonly steps: readonly LegacyStep[];
  /** What the run's records fold to. */
  readonly folded: RunState;
}

/** What a scenario led to here. */
export interface ScenarioAfter {
  readonly actions: readonly ActionResult[];
  readonly runs: ReadonlyMap<string, RunAfter>;
  readonly handlerCalls: readonly JsonObject[];
  /** Seconds. */
  readonly sleeps: readonly number[];
}

/** Run a scenario over a store, and say what became of it. */
export async function runScenario(scenario: Scenario, place: StorePlace): Promise<ScenarioAfter> {
  const world = new ScenarioWorld(scenario, place);
  try {
    const actions: ActionResult[] = [];
    for (const action of scenario.actions) actions.push(await attempt(world, action));
    const runs = new Map<string, RunAfter>();
    for (const [runId, alias] of world.aliases) {
      const run = await runAfter(world, runId, alias);
      if (run !== null) runs.set(alias, run);
    }
    const handlerCalls = world.script.calls.map((call) => world.normal({ ...call }));
    return { actions, runs, handlerCalls, sleeps: world.sleeps };
  } finally {
    await world.close();
  }
}

async function attempt(world: ScenarioWorld, action: Action): Promise<ActionResult> {
  // A second passes between two actions, so that updates have an order.
  await world.clock.advance(1_000);
  try {
    const returns = await act(world, action);
    await world.settle();
    return { returns: world.normal(returns) };
  } catch (error) {
    await world.settle();
    return { throws: thrown(error) };
  }
}

async function runAfter(
  world: ScenarioWorld,
  runId: string,
  alias: string,
): Promise<RunAfter | null> {
  const store = await world.store();
  const stored = await store.load(runId);
  if (stored === undefined) return null;
  const records = await store.records(runId);
  return {
    alias,
    state: stored.run,
    fields: world.normal(runFields(stored.run)),
    records,
    steps: legacyView(records.filter((record) => !isEdited(record))).map((step) => ({
      ...step,
      fields: world.normal(step.fields),
      ...(step.folded !== undefined && { folded: world.normal(step.folded) }),
    })),
    folded: foldRun(records),
  };
}

/** Our codes as 0.2.0's exceptions: KeyError and ValueError. */
const notFound: readonly ErrorCode[] = ["run_not_found", "workflow_not_registered", "unknown_node"];

function thrown(error: unknown): { readonly kind: string; readonly message: string } {
  if (error instanceof PowerCut) return { kind: "power_cut", message: error.message };
  if (isAbstractRuntimeError(error))
    return {
      kind: notFound.includes(error.code) ? "not_found" : "invalid",
      message: error.message,
    };
  throw error;
}
