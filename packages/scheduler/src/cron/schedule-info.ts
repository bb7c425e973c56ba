import { isEnded, type JsonObject, type RunState } from "@abstractruntime/core";
import { parseInstant } from "@abstractruntime/core/store";
import type { CatchUp } from "./due-tick.ts";
import type { Overlap, ScheduleSpec } from "./schedule-spec.ts";
import {
  boundedTicks,
  delayOf,
  iso,
  newState,
  type ScheduleState,
  type ScheduleVars,
} from "./schedule-vars.ts";
import type { Timing } from "./ticks.ts";

/** A schedule as it is now. Instants are ISO 8601 UTC. */
export interface ScheduleInfo {
  readonly id: string;
  /** `failed`: its own run failed, and it starts nothing any more. */
  readonly status: "active" | "paused" | "ended" | "failed";
  /** The run in which it lives now; another one after some hundred ticks. */
  readonly runId: string;
  readonly workflowId: string;
  readonly input: JsonObject;
  /** When it ticks. */
  readonly times:
    | { readonly cron: string; readonly timeZone: string }
    | { readonly everyMs: number }
    | { readonly at: string };
  readonly startAt: string | null;
  readonly endAt: string | null;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  readonly maxCatchUp: number;
  readonly catchUpWindowMs: number | null;
  readonly graceMs: number;
  /** The next five ticks, as they are meant; none once it has ended. Jitter is not added. */
  readonly next: readonly string[];
  /** How long after its time each tick is acted on, in milliseconds. */
  readonly delayMs: number;
  /** How many runs it started, ticks it dropped because of an overlap, ticks it missed, and starts that failed. */
  readonly counts: {
    readonly started: number;
    readonly skipped: number;
    readonly missed: number;
    readonly failed: number;
  };
  /** The latest runs, the latest first. */
  readonly lastRuns: readonly { readonly runId: string; readonly scheduledFor: string }[];
  /** The latest gaps, the latest first: so many ticks (or more, where `isMore`), from one to another. */
  readonly gaps: readonly {
    readonly count: number;
    readonly isMore: boolean;
    readonly from: string;
    readonly to: string;
  }[];
  /** The tick that waits for the end of the last run. */
  readonly buffered: string | null;
  /** How many backfills are under way. */
  readonly backfills: number;
  readonly lastError: string | null;
}

const NEXT = 5;

/** @param now milliseconds since 1970 */
export function scheduleInfo(run: RunState, now: number): ScheduleInfo {
  const { schedule, spec, state: stored } = run.vars as unknown as ScheduleVars;
  const state = stored ?? newState(spec, run.createdAt);
  return {
    id: schedule.id,
    status: statusOf(run),
    runId: run.runId,
    workflowId: spec.workflow_id,
    input: spec.input,
    times: timesOf(spec.timing),
    startAt: spec.start_at,
    endAt: spec.end_at,
    overlap: spec.overlap,
    catchUp: spec.catch_up,
    maxCatchUp: spec.max_catch_up,
    catchUpWindowMs: spec.catch_up_window_ms,
    graceMs: spec.grace_ms,
    next: isEnded(run) ? [] : nextTicks(spec, state, now),
    delayMs: delayOf(schedule.id, spec.jitter_ms),
    counts: {
      started: state.started,
      skipped: state.skipped,
      missed: state.missed,
      failed: state.failed,
    },
    lastRuns: state.last
      .map(({ run_id: runId, scheduled_for: scheduledFor }) => ({ runId, scheduledFor }))
      .toReversed(),
    gaps: state.gaps
      .map(({ count, is_more: isMore, from, to }) => ({ count, isMore, from, to }))
      .toReversed(),
    buffered: state.buffered?.scheduled_for ?? null,
    backfills: state.backfills.length,
    lastError: state.last_error ?? run.error?.message ?? null,
  };
}

function timesOf(timing: Timing): ScheduleInfo["times"] {
  if ("at" in timing) return timing;
  if ("every_ms" in timing) return { everyMs: timing.every_ms };
  return { cron: timing.cron, timeZone: timing.time_zone };
}

function statusOf(run: RunState): ScheduleInfo["status"] {
  if (run.status === "failed") return "failed";
  if (isEnded(run)) return "ended";
  return run.paused ? "paused" : "active";
}

function nextTicks(spec: ScheduleSpec, state: ScheduleState, now: number): readonly string[] {
  const ticks = boundedTicks(spec, state.anchor);
  const next: string[] = [];
  let tick = ticks.after(Math.max(parseInstant(state.cursor), now));
  for (; tick !== null && next.length < NEXT; tick = ticks.after(tick)) next.push(iso(tick));
  return next;
}
