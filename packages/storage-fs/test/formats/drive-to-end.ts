import {
  isAbstractRuntimeError,
  isEnded,
  Runtime,
  type DurableStore,
  type JsonValue,
  type RunState,
  type StoredRun,
  type WaitingRun,
} from "@abstractruntime/core";
import { sequentialIds, type VirtualClock } from "@abstractruntime/testkit";
import { effectsOf, workflows } from "./workflows.ts";

/** How a run ended. */
export interface RunEnd {
  readonly status: RunState["status"];
  readonly output: JsonValue;
  readonly code: string | null;
}

const MAX_ROUNDS = 50;

/** Answer, settle, unpause and drive all runs, and let time pass, until every one has ended; by id. */
export async function driveToEnd(
  store: DurableStore,
  clock: VirtualClock,
): Promise<Readonly<Record<string, RunEnd>>> {
  const runtime = new Runtime({
    store,
    clock,
    ids: sequentialIds(1_000),
    effects: effectsOf(),
    workflows,
    closesStore: false,
  });
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const open = (await allRuns(store)).filter(({ run }) => !isEnded(run));
    if (open.length === 0) break;
    for (const { run } of open) await passing(() => move(runtime, run));
    const wakes = open.map(({ head }) => (head.wakeAt === null ? 0 : Date.parse(head.wakeAt)));
    const next = wakes.filter((at) => at > clock.now()).toSorted((a, b) => a - b)[0];
    if (next !== undefined) await clock.advanceTo(next);
  }
  await runtime.close();
  const ends = (await allRuns(store)).map(({ run }) => [run.runId, endOf(run)] as const);
  return Object.fromEntries(ends);
}

/** Every run of a store, by id. */
export async function allRuns(store: DurableStore): Promise<readonly StoredRun[]> {
  const { items } = await store.list({ limit: 1_000 });
  return items.toSorted((a, b) => (a.run.runId < b.run.runId ? -1 : 1));
}

/** What the outside does about a run. */
async function move(runtime: Runtime, run: RunState): Promise<unknown> {
  if (run.paused) return runtime.unpauseRun(run.runId);
  return run.status === "waiting" ? end(runtime, run) : runtime.tick(run.runId);
}

async function end(runtime: Runtime, { runId, waiting }: WaitingRun): Promise<unknown> {
  const { waitId, gate, reason, choices, waitKey } = waiting;
  if (gate === "limit") await runtime.updateLimits(runId, { budget_cost: 1_000 });
  if (gate === "unknown_outcome") return runtime.settle(runId, waitId, { happened: "settled" });
  if (gate !== null) return runtime.settle(runId, waitId, "not_happened");
  if (reason === "event" && waitKey !== null)
    return runtime.emitEvent(waitKey, "came", { runId, eventId: `event-of-${waitId}` });
  if (reason === "user" || reason === "job")
    return runtime.resume(runId, choices?.[0] ?? "said", { waitId });
  return runtime.tick(runId);
}

/** A run that moved meanwhile is looked at in the next round. */
async function passing(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isPassing = ["run_ended", "run_not_waiting", "wait_id_mismatch", "run_leased"].some(
      (code) => isAbstractRuntimeError(error) && error.code === code,
    );
    if (!isPassing) throw error;
  }
}

function endOf({ status, output, error }: RunState): RunEnd {
  return { status, output, code: error?.code ?? null };
}
