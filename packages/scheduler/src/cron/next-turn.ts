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

/** A tick whose time has come, or one that waits and is to be looked at before it. */
function dueItem(vars: ScheduleVars, state: ScheduleState, now: number): StartItem | null {
  const { schedule, spec } = vars;
  const ticks = boundedTicks(spec, state.anchor);
  const nominal = now - delayOf(schedule.id, spec.jitter_ms);
  for (;;) {
    const due = dueTick(ticks, parseInstant(state.cursor), nominal, spec);
    if (due === null) return null;
    if (due.missed !== null) bookMissed(state, due.missed);
    const inTurn = due.run !== null && due.last > due.run && catchesUpInTurn(spec, state);
    if (due.run === null || inTurn) {
      if (due.run !== null) state.backfills.push(jobOf(due.run, due.last));
      state.cursor = iso(due.last);
      return null;
    }
    const scheduledFor = iso(due.run);
    const waiting = waitingBefore(spec, state, scheduledFor);
    if (waiting !== null) {
      // What was missed before this tick is booked: nothing is to book it again.
      if (due.missed !== null) state.cursor = iso(due.missed.to);
      return waiting;
    }
    state.cursor = scheduledFor;
    if (dropsNewTick(spec, state)) continue;
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

/** The tick that waits, to be looked at once more because of a new one; null: there is none, or it was. */
function waitingBefore(
  { overlap }: ScheduleSpec,
  { buffered }: ScheduleState,
  scheduledFor: string,
): StartItem | null {
  if (buffered === null || overlap === "cancel_running") return null;
  if (buffered.checked_for === scheduledFor) return null;
  buffered.checked_for = scheduledFor;
  return overlap === "allow" ? { ...plain(buffered), overlap } : plain(buffered);
}

/** Of a tick that waits and a new one, one is dropped. @returns whether that is the new one */
function dropsNewTick({ overlap }: ScheduleSpec, state: ScheduleState): boolean {
  if (state.buffered === null) return false;
  state.skipped += 1;
  if (overlap !== "cancel_running") return true;
  state.buffered = null;
  return false;
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
