import { parseInstant } from "@abstractruntime/core/store";
import { CronExpression } from "./cron-expression.ts";

/** When a schedule ticks, as its run keeps it. */
export type Timing =
  | { readonly cron: string; readonly time_zone: string }
  | { readonly every_ms: number }
  | { readonly at: string };

/** The ticks of a schedule, as milliseconds since 1970. */
export interface Ticks {
  /** The first one after an instant; null: there is none. */
  after(ms: number): number | null;
  /** The latest ones after `after` and not after `upTo`, at most `limit`, the earliest first. */
  latest(after: number, upTo: number, limit: number): readonly number[];
  /** How many there are after `after` and before `before`, counted up to `cap`. */
  count(after: number, before: number, cap: number): number;
}

/**
 * @param anchor milliseconds since 1970 from which intervals count
 * @throws invalid_argument
 */
export function ticksOf(timing: Timing, anchor: number): Ticks {
  if ("every_ms" in timing) return intervalTicks(timing.every_ms, anchor);
  if ("at" in timing) return oneTick(parseInstant(timing.at));
  return cronTicks(new CronExpression(timing.cron, timing.time_zone));
}

/** Only the ticks from `startAt` to `endAt`, both included. */
export function between(ticks: Ticks, startAt: number, endAt: number): Ticks {
  return {
    after: (ms) => {
      const next = ticks.after(Math.max(ms, startAt - 1));
      return next !== null && next <= endAt ? next : null;
    },
    latest: (after, upTo, limit) =>
      ticks.latest(Math.max(after, startAt - 1), Math.min(upTo, endAt), limit),
    count: (after, before, cap) =>
      ticks.count(Math.max(after, startAt - 1), Math.min(before, endAt + 1), cap),
  };
}

function cronTicks(expression: CronExpression): Ticks {
  const after = (ms: number): number | null => expression.after(ms);
  return {
    after,
    latest: (from, upTo, limit) => {
      const first = forward(after, from, upTo, limit + 1);
      if (first.length <= limit) return first;
      return expression.upTo(upTo, limit).filter((tick) => tick > from);
    },
    count: (from, before, cap) => forward(after, from, before - 1, cap).length,
  };
}

/** At most `limit` ticks, the earliest that there are. */
function forward(
  after: (ms: number) => number | null,
  from: number,
  upTo: number,
  limit: number,
): readonly number[] {
  const ticks: number[] = [];
  for (let tick = after(from); tick !== null && tick <= upTo && ticks.length < limit;) {
    ticks.push(tick);
    tick = after(tick);
  }
  return ticks;
}

function intervalTicks(every: number, anchor: number): Ticks {
  const upTo = (ms: number): number => Math.floor((ms - anchor) / every);
  const tick = (index: number): number => anchor + index * every;
  return {
    after: (ms) => tick(upTo(ms) + 1),
    latest: (from, until, limit) => {
      const last = upTo(until);
      const first = Math.max(upTo(from) + 1, last - limit + 1);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, nth) => tick(first + nth));
    },
    count: (from, before, cap) => Math.min(cap, Math.max(0, upTo(before - 1) - upTo(from))),
  };
}

function oneTick(at: number): Ticks {
  const isIn = (after: number, upTo: number): boolean => at > after && at <= upTo;
  return {
    after: (ms) => (at > ms ? at : null),
    latest: (from, upTo, limit) => (limit > 0 && isIn(from, upTo) ? [at] : []),
    count: (from, before) => (isIn(from, before - 1) ? 1 : 0),
  };
}
