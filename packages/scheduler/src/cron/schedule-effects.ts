import {
  defineEffect,
  isEnded,
  type Client,
  type Clock,
  type DurableStore,
  type EffectDefinition,
  type JsonObject,
  type RunState,
} from "@abstractruntime/core";
import type { StartOutcome } from "./book-outcome.ts";
import type { SentCommand } from "./commands.ts";
import { EndWatch } from "./end-watch.ts";
import { commandKey, SCHEDULE_WORKFLOW_ID, scheduleRunId, scheduleSessionId } from "./names.ts";
import type { ScheduleSpec } from "./schedule-spec.ts";
import type { ScheduleIdentity, ScheduleState, ScheduleVars, StartItem } from "./schedule-vars.ts";

/** What schedules do outside of their runs. */
export const effectTypes = {
  start: "abstractruntime.schedule.start",
  handOver: "abstractruntime.schedule.hand_over",
  predecessor: "abstractruntime.schedule.predecessor",
} as const;

interface StartPayload extends Omit<StartItem, "input"> {
  readonly schedule_id: string;
  readonly incarnation: string;
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

/** How long the word of an end is kept for a schedule that does something else just then (milliseconds). */
const KEEP_MS = 30_000;

const retry = { maxAttempts: 10, baseMs: 500, maxMs: 60_000 };

/**
 * The effects of schedules. All may be repeated: what they start has an id that names it, and starting a run that exists
 * finds it. They start runs by the ids of their workflows, whose code is wherever it is.
 */
export function scheduleEffects(
  store: DurableStore,
  client: Client,
  clock: Clock,
): readonly EffectDefinition[] {
  const ends = new EndWatch(store, clock);
  return [
    defineEffect({
      type: effectTypes.start,
      replay: "idempotent",
      retry,
      spends: false,
      perform: async (payload: StartPayload) => {
        const outcome = await startItem(store, client, payload);
        if (outcome.status === "busy") lookAgainAtEnd(ends, client, payload);
        return outcome;
      },
    }),
    defineEffect({
      type: effectTypes.handOver,
      replay: "idempotent",
      retry,
      spends: false,
      perform: (payload: HandOverPayload) => handOver(client, payload),
    }),
    defineEffect({
      type: effectTypes.predecessor,
      replay: "safe",
      retry,
      spends: false,
      perform: ({ run_id }: { readonly run_id: string }) => lookAt(store, run_id),
    }),
  ];
}

async function startItem(
  store: DurableStore,
  client: Client,
  item: StartPayload,
): Promise<StartOutcome> {
  const { run_id: id, schedule_id: scheduleId, scheduled_for: scheduledFor, kind } = item;
  const sessionId = scheduleSessionId(scheduleId);
  const known = await store.load(id);
  if (known?.run.sessionId === sessionId) return { status: "started" };
  if (await isBusy(store, client, item)) return { status: "busy" };
  const schedule = { id: scheduleId, scheduled_for: scheduledFor, kind };
  await client.start(item.workflow_id, { id, sessionId, input: { ...item.input, schedule } });
  return { status: "started" };
}

/** Let the schedule look once more as soon as the run before has ended, where a tick waits for that. */
function lookAgainAtEnd(ends: EndWatch, client: Client, item: StartPayload): void {
  const { overlap, last_run_id: lastRunId, schedule_id: scheduleId, incarnation } = item;
  if (lastRunId === null || overlap === "skip") return;
  const sent: SentCommand = { incarnation, command: { kind: "look" } };
  const eventId = `${lastRunId}:ended`;
  ends.watch(lastRunId, () =>
    client.emitEvent(commandKey(scheduleId), sent, { eventId, keepMs: KEEP_MS }),
  );
}

/** Whether the run before has not ended, also after it was told to. */
async function isBusy(store: DurableStore, client: Client, item: StartPayload): Promise<boolean> {
  const { overlap, last_run_id: lastRunId, run_id: runId } = item;
  if (overlap === "allow" || lastRunId === null) return false;
  const last = (await store.load(lastRunId))?.run;
  if (last === undefined || isEnded(last)) return false;
  if (overlap !== "cancel_running") return true;
  const reason = `the schedule starts ${runId}`;
  const state: RunState = await client.cancelRun(lastRunId, reason, { messageId: runId });
  return !isEnded(state);
}

async function handOver(client: Client, payload: HandOverPayload): Promise<null> {
  const { run_id: id, generation, schedule, spec, state } = payload;
  const predecessor = scheduleRunId(schedule.id, schedule.generation);
  const input: ScheduleVars = {
    schedule: { ...schedule, generation, predecessor },
    spec,
    state: { ...state, turns: 0 },
    told: {},
  };
  await client.start(SCHEDULE_WORKFLOW_ID, {
    id,
    input,
    sessionId: scheduleSessionId(schedule.id),
  });
  return null;
}

async function lookAt(store: DurableStore, runId: string): Promise<PredecessorStatus> {
  const run = (await store.load(runId))?.run;
  // One that was purged had ended long ago, and a cancelled schedule's successor is cancelled with it.
  if (run === undefined || run.status === "completed") return "completed";
  return isEnded(run) ? "stopped" : "alive";
}
