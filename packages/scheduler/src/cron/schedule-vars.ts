import type { JsonObject } from "@abstractruntime/core";
import { formatInstant, parseInstant } from "@abstractruntime/core/store";
import type { Overlap, ScheduleSpec } from "./schedule-spec.ts";
import { between, ticksOf, type Ticks } from "./ticks.ts";

/** The vars of a run that is a schedule. Their size is bounded, whatever happens. */
export interface ScheduleVars {
  readonly schedule: ScheduleIdentity;
  spec: ScheduleSpec;
  /** Null until the first run of a schedule has begun. */
  state: ScheduleState | null;
  /** What its waits and effects said last. */
  readonly told: object;
}

export interface ScheduleIdentity {
  readonly id: string;
  /** Random, and the same for all runs of one schedule: a later one of the same id has another. */
  readonly incarnation: string;
  /** Its place among the runs of this schedule id, from 1. */
  readonly generation: number;
  /** The run whose state this one took over. */
  readonly predecessor: string | null;
  /** After so many turns the next run takes over, so that no ledger grows for ever. */
  readonly turns_per_run: number;
}

/** What a schedule remembers. Instants are ISO 8601. */
export interface ScheduleState {
  /** From where intervals count. */
  anchor: string;
  /** The tick up to which all is decided. */
  cursor: string;
  /** How many runs were started, ticks dropped because of an overlap, ticks missed, and starts that failed. */
  started: number;
  skipped: number;
  missed: number;
  failed: number;
  /** The latest runs, the oldest first. */
  last: StartedRun[];
  /** The latest gaps. */
  gaps: Gap[];
  /** The one that is being started. */
  current: StartItem | null;
  /** The one that waits for the end of the last run. */
  buffered: BufferedItem | null;
  backfills: Backfill[];
  turns: number;
  last_error: string | null;
}

interface StartedRun {
  readonly run_id: string;
  readonly scheduled_for: string;
}

interface Gap {
  readonly count: number;
  readonly is_more: boolean;
  readonly from: string;
  readonly to: string;
}

/** A run to start. */
export interface StartItem {
  readonly kind: "tick" | "trigger" | "backfill";
  readonly run_id: string;
  readonly scheduled_for: string;
  readonly overlap: Overlap;
  /** Instead of the schedule's. */
  readonly input: JsonObject | null;
  /** Whether it is one of the backfill under way. */
  readonly in_turn: boolean;
}

export interface BufferedItem extends StartItem {
  checks: number;
  next_check: string;
  /** The tick because of which it was looked at last. */
  checked_for: string | null;
}

/** Ticks to run one after the other: a backfill that was asked for, or a catch-up. */
export interface Backfill {
  readonly kind: "tick" | "backfill";
  cursor: string;
  readonly to: string;
  readonly overlap: "buffer_all" | "allow";
  checks: number;
  next_check: string;
}

const LATEST = 10;
/** So many backfills may be under way at a time; further ones are dropped, and `last_error` says so. */
export const MAX_BACKFILLS = 10;

/** The state of a schedule that begins. */
export function newState(spec: ScheduleSpec, createdAt: string): ScheduleState {
  return {
    anchor: spec.start_at ?? createdAt,
    cursor: createdAt,
    started: 0,
    skipped: 0,
    missed: 0,
    failed: 0,
    last: [],
    gaps: [],
    current: null,
    buffered: null,
    backfills: [],
    turns: 0,
    last_error: null,
  };
}

/** Add to a list of which only the latest are kept. */
export function keepLatest<Item>(list: Item[], item: Item): void {
  list.push(item);
  while (list.length > LATEST) list.shift();
}

/** A schedule's ticks, within its bounds. */
export function boundedTicks(spec: ScheduleSpec, anchor: string): Ticks {
  const startAt = spec.start_at === null ? -Infinity : parseInstant(spec.start_at);
  const endAt = spec.end_at === null ? Infinity : parseInstant(spec.end_at);
  return between(ticksOf(spec.timing, parseInstant(anchor)), startAt, endAt);
}

/** How late a schedule is, in milliseconds: a share of its jitter that its id decides. */
export function delayOf(scheduleId: string, jitterMs: number): number {
  let hash = 2_166_136_261;
  for (const letter of scheduleId)
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619);
  return (hash >>> 0) % (jitterMs + 1);
}

/** Milliseconds since 1970 as an instant. */
export const iso: (ms: number) => string = formatInstant;
