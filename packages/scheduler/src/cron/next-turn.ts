import { parseInstant } from "@abstractruntime/core/store";
import { dueTick, type MissedTicks } from "./due-tick.ts";
import { tickRunId } from "./names.ts";
import {
  boundedTicks,
  delayOf,
  iso,
  keepLatest,
  MAX_BACKFILLS,
  type Backfill,
  type BufferedItem,
  type ScheduleState,
  type ScheduleVars,
  type StartItem,
} from "./schedule-vars.ts";
import type { ScheduleSpec } from "./schedule-spec.ts";
import { ticksOf } from "./ticks.ts";

/** What a schedule does next. `wait`: until when (milliseconds since 1970). */
export type Turn =
  | { readonly do: "start"; readonly item: StartItem }
  | { readonly do: "wait"; readonly until: number }
  | { readonly do: "end" };

/** Decide, and book what is decided: ticks passed over, and the tick about to be started. */
export function nextTurn(vars: ScheduleVars, state: ScheduleState, now: number): Turn {
  const item =
    dueItem(vars, state, now) ?? waitingItem(state, now) ?? backfillItem(vars, state, now);
  if (item !== null) return { do: "start", item };
  const times = [nextTickAt(vars, state), nextCheckAt(state)].filter((time) => time !== null);
  return times.length === 0 ? { do: "end" } : { do: "wait", until: Math.min(...times) };
}

export function bookMissed(state: ScheduleState, missed: MissedTicks): void {
  state.missed += missed.count;
  const { count, isMore, from, to } = missed;
  keepLatest(state.gaps, { count, is_more: isMore, from: iso(from), to: iso(to) });
}

/** A tick whose time has come. One that finds another waiting is dropped once that one was looked at again. */
function dueItem(vars: ScheduleVars, state: ScheduleState, now: number): StartItem | null {
  const { schedule, spec } = vars;
  const ticks = boundedTicks(spec, state.anchor);
  const nominal = now - delayOf(schedule.id, spec.jitter_ms);
  for (;;) {
    const due = dueTick(ticks, parseInstant(state.cursor), nominal, spec);
    if (due === null) return null;
    if (due.missed !== null) bookMissed(state, due.missed);
    if (due.run === null) {
      state.cursor = iso(due.last);
      return null;
    }
    if (catchesUpInTurn(spec, state) && due.last > due.run) {
      state.backfills.push(jobOf(due.run, due.last));
      state.cursor = iso(due.last);
      return null;
    }
    const scheduledFor = iso(due.run);
    const { buffered } = state;
    if (buffered !== null && spec.overlap !== "cancel_running") {
      // What was missed before this tick is booked: nothing is to book it again.
      if (due.missed !== null) state.cursor = iso(due.missed.to);
      if (buffered.checked_for !== scheduledFor) {
        buffered.checked_for = scheduledFor;
        return spec.overlap === "allow"
          ? { ...plain(buffered), overlap: "allow" }
          : plain(buffered);
      }
      state.cursor = scheduledFor;
      state.skipped += 1;
      continue;
    }
    if (buffered !== null) {
      state.buffered = null;
      state.skipped += 1;
    }
    state.cursor = scheduledFor;
    return {
      kind: "tick",
      run_id: tickRunId(schedule.id, scheduledFor),
      scheduled_for: scheduledFor,
      overlap: spec.overlap,
      input: null,
      in_turn: false,
    };
  }
}

/** Whether several ticks that were missed are run one after the other, each once the one before has ended. */
function catchesUpInTurn(spec: ScheduleSpec, { backfills }: ScheduleState): boolean {
  const isInTurn = spec.overlap === "skip" || spec.overlap === "buffer_one";
  return spec.catch_up === "all" && isInTurn && backfills.length < MAX_BACKFILLS;
}

function jobOf(from: number, to: number): Backfill {
  const cursor = iso(from - 1);
  return {
    kind: "tick",
    cursor,
    to: iso(to),
    overlap: "buffer_all",
    checks: 0,
    next_check: cursor,
  };
}

function plain(buffered: BufferedItem): StartItem {
  const { kind, run_id, scheduled_for, overlap, input, in_turn } = buffered;
  return { kind, run_id, scheduled_for, overlap, input, in_turn };
}

function waitingItem({ buffered }: ScheduleState, now: number): StartItem | null {
  const isDue = buffered !== null && parseInstant(buffered.next_check) <= now;
  return isDue ? plain(buffered) : null;
}

function backfillItem(vars: ScheduleVars, state: ScheduleState, now: number): StartItem | null {
  for (let job = state.backfills[0]; job !== undefined; job = state.backfills[0]) {
    const tick = nextOf(vars, state, job);
    if (tick === null) {
      state.backfills.shift();
      continue;
    }
    if (job.overlap === "buffer_all" && parseInstant(job.next_check) > now) return null;
    const scheduledFor = iso(tick);
    return {
      kind: job.kind,
      run_id: tickRunId(vars.schedule.id, scheduledFor),
      scheduled_for: scheduledFor,
      overlap: job.overlap === "allow" ? "allow" : "buffer_one",
      input: null,
      in_turn: true,
    };
  }
  return null;
}

function nextOf({ spec }: ScheduleVars, { anchor }: ScheduleState, job: Backfill): number | null {
  const tick = ticksOf(spec.timing, parseInstant(anchor)).after(parseInstant(job.cursor));
  return tick !== null && tick <= parseInstant(job.to) ? tick : null;
}

function nextTickAt({ schedule, spec }: ScheduleVars, state: ScheduleState): number | null {
  const next = boundedTicks(spec, state.anchor).after(parseInstant(state.cursor));
  return next === null ? null : next + delayOf(schedule.id, spec.jitter_ms);
}

function nextCheckAt({ buffered, backfills }: ScheduleState): number | null {
  const checks = [buffered, backfills[0]].flatMap((item) =>
    item === null || item === undefined ? [] : [parseInstant(item.next_check)],
  );
  return checks.length === 0 ? null : Math.min(...checks);
}
