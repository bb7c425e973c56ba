import type { Ticks } from "./ticks.ts";

/** What becomes of ticks that nobody acted on in time: none of them runs, the last one, or all of them. */
export type CatchUp = "none" | "last" | "all";

export interface CatchUpPolicy {
  readonly catch_up: CatchUp;
  /** Of `all`: at most so many of them, the latest. */
  readonly max_catch_up: number;
  /** Of `last` and `all`: only those that are not older, in milliseconds; null: of any age. */
  readonly catch_up_window_ms: number | null;
  /** Of `none`: a tick that is at most so late, in milliseconds, is on time. */
  readonly grace_ms: number;
}

/** Ticks that are not run. Instants are milliseconds since 1970. */
export interface MissedTicks {
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly isMore: boolean;
  readonly from: number;
  readonly to: number;
}

export interface DueTick {
  /** The tick to run now; null: none of those that are due. */
  readonly run: number | null;
  readonly missed: MissedTicks | null;
  /** The latest of those that are due. */
  readonly last: number;
}

/** Counting costs a quarter of a millisecond per tick. */
const MAX_COUNTED = 1_000;

/**
 * The next tick to run of those that are due, and those before it that are not to be run any more. A tick is missed once
 * the next one is due, too, or once it is late by more than the policy allows.
 *
 * @param cursor the tick up to which all is decided; @param now both in milliseconds since 1970
 */
export function dueTick(
  ticks: Ticks,
  cursor: number,
  now: number,
  policy: CatchUpPolicy,
): DueTick | null {
  const latest = ticks.latest(cursor, now, policy.catch_up === "all" ? policy.max_catch_up : 1);
  const last = latest.at(-1);
  if (last === undefined) return null;
  const maxAge =
    policy.catch_up === "none" ? policy.grace_ms : (policy.catch_up_window_ms ?? Infinity);
  const run = latest.find((tick) => now - tick <= maxAge) ?? null;
  return { run, missed: missedBefore(ticks, cursor, run ?? last + 1), last };
}

function missedBefore(ticks: Ticks, cursor: number, before: number): MissedTicks | null {
  const from = ticks.after(cursor);
  if (from === null || from >= before) return null;
  const count = ticks.count(cursor, before, MAX_COUNTED);
  const to = ticks.latest(cursor, before - 1, 1).at(-1) ?? from;
  return { count, isMore: count === MAX_COUNTED, from, to };
}
