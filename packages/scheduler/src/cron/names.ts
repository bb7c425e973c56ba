import { AbstractRuntimeError } from "@abstractruntime/core";
import { formatInstant, parseInstant } from "@abstractruntime/core/store";

/** The workflow whose runs are schedules. */
export const SCHEDULE_WORKFLOW_ID = "abstractruntime.schedule";

const pattern = /^[A-Za-z0-9_-][A-Za-z0-9._=+-]{0,119}$/;

/** @throws invalid_argument */
export function assertScheduleId(id: unknown): asserts id is string {
  if (typeof id === "string" && pattern.test(id)) return;
  const shown = typeof id === "string" ? JSON.stringify(id.slice(0, 80)) : typeof id;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `schedule id ${shown}: use 1 to 120 of A-Z a-z 0-9 . _ = + - with a letter, digit, _ or - first`,
  );
}

/** The session of a schedule's own runs and of all that it starts: `schedule:<id>`. */
export function scheduleSessionId(scheduleId: string): string {
  return `schedule:${scheduleId}`;
}

/** The key under which a schedule is told what to do. */
export function commandKey(scheduleId: string): string {
  return `schedule:${scheduleId}`;
}

/** A schedule lives in one run after the other, numbered from 1. */
export function scheduleRunId(scheduleId: string, generation: number): string {
  return `schedule.${scheduleId}.${generation}`;
}

/**
 * The id of the run of one tick: the schedule's id, and the instant for which the tick was meant, as in
 * `nightly@20260301T030000Z`. It names the tick, so that nobody can start it twice.
 *
 * @param scheduledFor ISO 8601 with a zone
 * @throws invalid_argument, invalid_instant
 */
export function tickRunId(scheduleId: string, scheduledFor: string): string {
  assertScheduleId(scheduleId);
  const instant = formatInstant(parseInstant(scheduledFor));
  return `${scheduleId}@${instant.replaceAll(/[-:]|\.000/g, "")}`;
}

/** The id of a run that somebody asked for. */
export function triggerRunId(scheduleId: string, triggerId: string): string {
  return `${scheduleId}@trigger-${triggerId}`;
}
