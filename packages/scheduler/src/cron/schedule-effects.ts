import {
  defineEffect,
  isAbstractRuntimeError,
  isEnded,
  type EffectDefinition,
  type JsonObject,
  type Runtime,
  type RunState,
} from "@abstractruntime/core";
import type { StartOutcome } from "./book-outcome.ts";
import { SCHEDULE_WORKFLOW_ID, scheduleRunId, scheduleSessionId } from "./names.ts";
import type { ScheduleSpec } from "./schedule-spec.ts";
import type { ScheduleIdentity, ScheduleState, StartItem } from "./schedule-vars.ts";

/** What schedules do outside of their runs. */
export const effectTypes = {
  start: "abstractruntime.schedule.start",
  handOver: "abstractruntime.schedule.hand_over",
  predecessor: "abstractruntime.schedule.predecessor",
} as const;

/** What schedules need of a runtime. */
export type ScheduleRuntime = Pick<
  Runtime,
  | "cancelRun"
  | "emitEvent"
  | "getState"
  | "listRuns"
  | "pauseRun"
  | "runs"
  | "start"
  | "store"
  | "unpauseRun"
  | "workflows"
>;

interface StartPayload extends Omit<StartItem, "input"> {
  readonly schedule_id: string;
  readonly workflow_id: string;
  readonly last_run_id: string | null;
  readonly input: JsonObject;
}

interface HandOverPayload {
  readonly run_id: string;
  readonly generation: number;
  readonly schedule: ScheduleIdentity;
  readonly spec: ScheduleSpec;
  readonly state: ScheduleState;
}

/** `stopped`: cancelled or failed, and nobody is to take over. */
export type PredecessorStatus = "alive" | "completed" | "stopped";

const retry = { maxAttempts: 10, baseMs: 500, maxMs: 60_000 };

/**
 * The effects of schedules. All may be repeated: what they start has an id that names it, and starting a run that exists
 * finds it.
 *
 * @param runtimeOf the runtime that drives; known only after these effects, which are given at its construction
 */
export function scheduleEffects(runtimeOf: () => ScheduleRuntime): readonly EffectDefinition[] {
  return [
    defineEffect({
      type: effectTypes.start,
      replay: "idempotent",
      retry,
      spends: false,
      perform: (payload: StartPayload) => startItem(runtimeOf(), payload),
    }),
    defineEffect({
      type: effectTypes.handOver,
      replay: "idempotent",
      retry,
      spends: false,
      perform: (payload: HandOverPayload) => handOver(runtimeOf(), payload),
    }),
    defineEffect({
      type: effectTypes.predecessor,
      replay: "safe",
      retry,
      spends: false,
      perform: ({ run_id }: { readonly run_id: string }) => lookAt(runtimeOf(), run_id),
    }),
  ];
}

async function startItem(runtime: ScheduleRuntime, item: StartPayload): Promise<StartOutcome> {
  const { run_id: id, schedule_id: scheduleId, scheduled_for: scheduledFor, kind } = item;
  const sessionId = scheduleSessionId(scheduleId);
  const known = await runtime.store.load(id);
  if (known?.run.sessionId === sessionId) return { status: "started" };
  if (await isBusy(runtime, item)) return { status: "busy" };
  const vars = {
    ...item.input,
    schedule: { id: scheduleId, scheduled_for: scheduledFor, kind },
  };
  const workflow = runtime.workflows.getOrThrow(item.workflow_id);
  await runtime.start(workflow, { id, vars, sessionId, drive: false });
  return { status: "started" };
}

/** Whether the run before has not ended, also after it was told to. */
async function isBusy(runtime: ScheduleRuntime, item: StartPayload): Promise<boolean> {
  const { overlap, last_run_id: lastRunId, run_id: runId } = item;
  if (overlap === "allow" || lastRunId === null) return false;
  const last = (await runtime.store.load(lastRunId))?.run;
  if (last === undefined || isEnded(last)) return false;
  if (overlap !== "cancel_running") return true;
  const reason = `the schedule starts ${runId}`;
  const state: RunState = await runtime.cancelRun(lastRunId, reason, { messageId: runId });
  return !isEnded(state);
}

async function handOver(runtime: ScheduleRuntime, payload: HandOverPayload): Promise<null> {
  const { run_id: id, generation, schedule, spec, state } = payload;
  const predecessor = scheduleRunId(schedule.id, schedule.generation);
  const vars = {
    schedule: { ...schedule, generation, predecessor },
    spec,
    state: { ...state, turns: 0 },
    told: {},
  };
  const sessionId = scheduleSessionId(schedule.id);
  const workflow = runtime.workflows.getOrThrow(SCHEDULE_WORKFLOW_ID);
  try {
    await runtime.start(workflow, { id, vars, sessionId, drive: false });
  } catch (error) {
    // An attempt before this one began it, under other defaults of `_limits`.
    const known = isAbstractRuntimeError(error, "run_exists") ? await runtime.getState(id) : null;
    const identity = known?.vars["schedule"] as Partial<ScheduleIdentity> | undefined;
    if (identity?.incarnation !== schedule.incarnation) throw error;
  }
  return null;
}

async function lookAt(runtime: ScheduleRuntime, runId: string): Promise<PredecessorStatus> {
  const run = (await runtime.store.load(runId))?.run;
  // One that was purged had ended long ago, and a cancelled schedule's successor is cancelled with it.
  if (run === undefined || run.status === "completed") return "completed";
  return isEnded(run) ? "stopped" : "alive";
}
