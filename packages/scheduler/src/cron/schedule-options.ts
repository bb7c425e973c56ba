import type { Clock, DurableStore, Ids, Workflow } from "@abstractruntime/core";
import type { CatchUp } from "./due-tick.ts";
import type { Overlap } from "./schedule-spec.ts";

/** A length of time; its parts are added up. At least a second. */
export interface Interval {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
}

/** When a schedule ticks: exactly one of `cron`, `every` and `at`. */
export interface ScheduleTimes {
  /** Five fields (minute hour day month weekday), or six with seconds first; `L`, `W`, `#` and `@daily` are understood. */
  readonly cron?: string | undefined;
  /** The IANA zone in which `cron` is read, such as `Europe/Berlin`; `UTC` by default, never the machine's. */
  readonly timeZone?: string | undefined;
  /** A fixed distance, counted from `startAt`, which is the first tick then, or else from the schedule's creation. */
  readonly every?: Interval | undefined;
  /** Once, at this instant (ISO 8601 with a zone). */
  readonly at?: string | undefined;
  /** No tick is before this instant, and none after `endAt`. Null: no such bound. */
  readonly startAt?: string | null | undefined;
  readonly endAt?: string | null | undefined;
}

/** What a schedule does. */
export interface ScheduleSettings extends ScheduleTimes {
  /** What each tick starts: a workflow, or the id of one. Whoever has it registered drives the run. */
  readonly workflow?: Workflow | string | undefined;
  /** Vars of each run; `schedule` is added to them. */
  readonly input?: object | undefined;
  /** `skip` by default. */
  readonly overlap?: Overlap | undefined;
  /** What becomes of ticks missed while nothing drove the schedule, or while it was paused; `last` by default. */
  readonly catchUp?: CatchUp | undefined;
  /** Of `all`: at most so many, the latest, 1 to 1,000; 100 by default. The rest is reported as missed. */
  readonly maxCatchUp?: number | undefined;
  /** Of `last` and `all`: ticks older than so many milliseconds are missed. Null, the default: of any age. */
  readonly catchUpWindowMs?: number | null | undefined;
  /** Of `none`: a tick that is late by at most so many milliseconds still runs; 60,000 by default. */
  readonly graceMs?: number | undefined;
  /**
   * Spreads schedules of one time over so many milliseconds: each is late by a share of it that its id decides, the same
   * for all its ticks. 0 by default. Run ids and `scheduled_for` keep the tick's own time.
   */
  readonly jitterMs?: number | undefined;
}

export interface NewSchedule extends ScheduleSettings {
  /** 1 to 120 of `A-Z a-z 0-9 . _ = + -`. */
  readonly id: string;
  readonly workflow: Workflow | string;
}

export interface TriggerOptions {
  /** Instead of the schedule's. */
  readonly input?: object | undefined;
  /** `allow` by default: somebody asked for it. */
  readonly overlap?: Overlap | undefined;
  /** Names the request, so that sent again it counts once; random by default. Characters as in a schedule's id. */
  readonly triggerId?: string | undefined;
}

export interface BackfillOptions {
  /** Instants (ISO 8601 with a zone), both included; `to` not in the future. At most 1,000 ticks. */
  readonly from: string;
  readonly to: string;
  /** One after the other (the default), each when the run before it has ended; or all at once. */
  readonly overlap?: "buffer_all" | "allow" | undefined;
}

export interface SchedulesOptions {
  /** Where the schedules live: the store of the runtimes that drive them. It stays yours to close. */
  readonly store: DurableStore;
  readonly clock?: Clock | undefined;
  readonly ids?: Ids | undefined;
  /** After so many turns (a tick takes two or three) a new run takes over, 10 to 10,000; 500 by default. */
  readonly turnsPerRun?: number | undefined;
}
