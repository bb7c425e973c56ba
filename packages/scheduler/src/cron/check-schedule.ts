import { AbstractRuntimeError, type RunState, type Workflow } from "@abstractruntime/core";
import { prepareRun } from "@abstractruntime/core/store";
import { SCHEDULE_WORKFLOW_ID } from "./names.ts";
import type { ScheduleSpec } from "./schedule-spec.ts";
import { boundedTicks, iso } from "./schedule-vars.ts";

/**
 * Refuse a schedule without a tick to come.
 *
 * @param now milliseconds since 1970
 * @throws invalid_argument
 */
export function assertTicks(spec: ScheduleSpec, now: number): void {
  if (!hasTicks(spec, now))
    throw invalid("schedule: it would never tick; its time, or its endAt, is over");
}

/** Whether a tick is to come, if a schedule began now (milliseconds since 1970). */
export function hasTicks(spec: ScheduleSpec, now: number): boolean {
  return boundedTicks(spec, spec.start_at ?? iso(now)).after(now) !== null;
}

/**
 * Refuse vars that each run would refuse. A workflow of which only the id is known can't be asked.
 *
 * @param now milliseconds since 1970
 * @throws invalid_argument, schema_mismatch
 */
export async function assertInput(
  scheduleId: string,
  spec: ScheduleSpec,
  workflow: Workflow | string | undefined,
  now: number,
): Promise<void> {
  if (spec.workflow_id === SCHEDULE_WORKFLOW_ID)
    throw invalid("workflow: a schedule can't start schedules; use create");
  if (typeof workflow !== "object") return;
  const schedule = { id: scheduleId, scheduled_for: iso(now), kind: "tick" };
  await prepareRun(workflow, { vars: { ...spec.input, schedule } });
}

/** @throws run_paused */
export function assertNotPaused(run: RunState, scheduleId: string): void {
  if (!run.paused) return;
  throw new AbstractRuntimeError(
    "run_paused",
    `schedule ${scheduleId} is paused: unpause it, or start the workflow itself`,
    { details: { runId: run.runId } },
  );
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
