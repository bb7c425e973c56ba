import { AbstractRuntimeError, type JsonObject } from "@abstractruntime/core";
import { copyJson, formatInstant, isInstant, parseInstant } from "@abstractruntime/core/store";
import type { CatchUp } from "./due-tick.ts";
import type { Interval, ScheduleSettings } from "./schedule-options.ts";
import type { Overlap, ScheduleSpec } from "./schedule-spec.ts";
import { ticksOf, type Timing } from "./ticks.ts";

const overlaps: readonly Overlap[] = ["skip", "buffer_one", "allow", "cancel_running"];
const catchUps: readonly CatchUp[] = ["none", "last", "all"];
const units = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000 };
const names: readonly (keyof ScheduleSettings)[] = [
  "workflow",
  "input",
  "cron",
  "timeZone",
  "every",
  "at",
  "startAt",
  "endAt",
  "overlap",
  "catchUp",
  "maxCatchUp",
  "catchUpWindowMs",
  "graceMs",
  "jitterMs",
];
const YEAR_MS = 366 * 86_400_000;

/**
 * What a user says of a schedule, as its run keeps it; what is left out is missing.
 *
 * @throws invalid_argument, invalid_json_value
 */
export function parseSettings(settings: ScheduleSettings): Partial<ScheduleSpec> {
  assertNames(settings, names, "schedule");
  const { workflow, input, startAt, endAt, catchUpWindowMs: window } = settings;
  const timing = timingOf(settings);
  return defined({
    workflow_id: workflow === undefined ? undefined : workflowIdOf(workflow),
    input: input === undefined ? undefined : inputOf(input),
    timing,
    start_at: boundOf(startAt, "startAt"),
    end_at: boundOf(endAt, "endAt"),
    overlap: oneOf(settings.overlap, overlaps, "overlap"),
    catch_up: oneOf(settings.catchUp, catchUps, "catchUp"),
    max_catch_up: whole(settings.maxCatchUp, "maxCatchUp", 1, 1_000),
    catch_up_window_ms: window === null ? null : whole(window, "catchUpWindowMs", 0),
    grace_ms: whole(settings.graceMs, "graceMs", 0),
    jitter_ms: whole(settings.jitterMs, "jitterMs", 0, 86_400_000),
  });
}

/** Vars for the runs of a schedule. @throws invalid_argument, invalid_json_value */
export function inputOf(input: unknown): JsonObject {
  const copy = copyJson(input, "input");
  if (typeof copy !== "object" || copy === null || Array.isArray(copy))
    throw invalid("input: give an object; its fields become vars of each run");
  if (Object.hasOwn(copy, "schedule"))
    throw invalid("input.schedule: each run finds there which tick it is for; use another name");
  return copy as JsonObject;
}

/** @throws invalid_argument */
export function overlapOf(overlap: unknown): Overlap | undefined {
  return oneOf(overlap, overlaps, "overlap");
}

/** An instant in one form. @throws invalid_argument */
export function instantOf(value: unknown, where: string): string {
  if (isInstant(value)) return formatInstant(parseInstant(value));
  throw invalid(`${where}: give an instant such as 2026-03-01T09:00:00Z, with its zone`);
}

/** Refuse a misspelt option, which would otherwise do nothing. @throws invalid_argument */
export function assertNames(given: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalid(`${where}.${unknown}: there is no such option; there are ${known.join(", ")}`);
}

function timingOf(settings: ScheduleSettings): Timing | undefined {
  const { cron, every, at, timeZone } = settings;
  const given = [cron, every, at].filter((value) => value !== undefined).length;
  if (given > 1) throw invalid("schedule: give only one of cron, every and at");
  if (timeZone !== undefined && cron === undefined)
    throw invalid("timeZone: it belongs to cron; give both");
  if (given === 0) return undefined;
  const timing: Timing =
    cron !== undefined
      ? { cron, time_zone: timeZone ?? "UTC" }
      : every !== undefined
        ? { every_ms: intervalMs(every) }
        : { at: instantOf(at, "at") };
  ticksOf(timing, 0);
  return timing;
}

function intervalMs(every: Interval): number {
  const isObject = typeof every === "object" && every !== null;
  if (!isObject) throw invalid("every: give a length of time such as { minutes: 5 }");
  assertNames(every, Object.keys(units), "every");
  let sum = 0;
  for (const [unit, ms] of Object.entries(units)) {
    const amount = every[unit as keyof Interval] ?? 0;
    if (!(typeof amount === "number" && amount >= 0))
      throw invalid(`every.${unit}: give a number from 0`);
    sum += amount * ms;
  }
  if (Number.isInteger(sum) && sum >= 1_000 && sum <= 100 * YEAR_MS) return sum;
  throw invalid("every: give at least a second, in whole milliseconds");
}

function workflowIdOf(workflow: unknown): string {
  const id = typeof workflow === "string" ? workflow : (workflow as { id?: unknown } | null)?.id;
  if (typeof id === "string" && id !== "") return id;
  throw invalid("workflow: give a workflow, or the id of a registered one");
}

function boundOf(value: unknown, where: string): string | null | undefined {
  return value === undefined || value === null ? value : instantOf(value, where);
}

function oneOf<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
  where: string,
): Choice | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw invalid(`${where}: give one of ${choices.join(", ")}`);
}

function whole(
  value: unknown,
  where: string,
  min: number,
  max = 100 * YEAR_MS,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max)
    return value;
  throw invalid(`${where}: give a whole number from ${min} to ${max}`);
}

function defined(fields: object): Partial<ScheduleSpec> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<ScheduleSpec>;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
