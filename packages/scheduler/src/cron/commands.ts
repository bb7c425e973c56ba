import type { JsonObject } from "@abstractruntime/core";
import { parseInstant } from "@abstractruntime/core/store";
import { bookMissed } from "./next-turn.ts";
import type { ScheduleSpec } from "./schedule-spec.ts";
import {
  boundedTicks,
  delayOf,
  iso,
  MAX_BACKFILLS,
  type Backfill,
  type ScheduleVars,
  type StartItem,
} from "./schedule-vars.ts";
import { dueTick } from "./due-tick.ts";

/** What a schedule may be told. The sender has checked it. */
export type Command =
  | { readonly kind: "update"; readonly changes: Partial<ScheduleSpec> }
  | { readonly kind: "trigger"; readonly item: StartItem }
  | {
      readonly kind: "backfill";
      readonly from: string;
      readonly to: string;
      readonly overlap: Backfill["overlap"];
    }
  /** The run that a tick waits for has ended. */
  | { readonly kind: "look" };

/** A command as it is sent: for one incarnation of a schedule, and for no other. */
export interface SentCommand {
  readonly incarnation: string;
  readonly command: Command;
}

/**
 * Do what an event says, if it is for this schedule.
 *
 * @returns a run to start at once
 */
export function applyCommand(vars: ScheduleVars, event: unknown, now: number): StartItem | null {
  const { state, schedule } = vars;
  const { incarnation, command } = (event ?? {}) as Partial<SentCommand>;
  if (state === null || command === undefined || incarnation !== schedule.incarnation) return null;
  switch (command.kind) {
    case "update":
      update(vars, command.changes, now);
      return null;
    case "trigger":
      return command.item;
    case "backfill":
      if (state.backfills.length < MAX_BACKFILLS) state.backfills.push(backfillOf(command));
      else
        state.last_error = `a backfill from ${command.from} was dropped: ${MAX_BACKFILLS} are under way`;
      return null;
    case "look":
      for (const waiting of [state.buffered, state.backfills[0]])
        if (waiting) waiting.next_check = iso(now);
      return null;
    default:
      return command satisfies never;
  }
}

function backfillOf(command: Extract<Command, { kind: "backfill" }>): Backfill {
  const cursor = iso(parseInstant(command.from) - 1);
  return {
    kind: "backfill",
    cursor,
    to: command.to,
    overlap: command.overlap,
    checks: 0,
    next_check: cursor,
  };
}

/** New times count from now; what was due by the old ones and not acted on is missed. */
function update(vars: ScheduleVars, changes: Partial<ScheduleSpec>, now: number): void {
  const { state } = vars;
  if (state === null) return;
  const hasNewTimes = "timing" in changes || "start_at" in changes || "end_at" in changes;
  if (hasNewTimes) {
    missAllDue(vars, now);
    state.cursor = iso(Math.max(parseInstant(state.cursor), now));
  }
  vars.spec = { ...vars.spec, ...(changes as JsonObject) };
  if (hasNewTimes) state.anchor = vars.spec.start_at ?? iso(now);
}

function missAllDue({ schedule, spec, state }: ScheduleVars, now: number): void {
  if (state === null) return;
  const nominal = now - delayOf(schedule.id, spec.jitter_ms);
  const none = { ...spec, catch_up: "none", grace_ms: -1 } as const;
  const due = dueTick(boundedTicks(spec, state.anchor), parseInstant(state.cursor), nominal, none);
  if (due?.missed) bookMissed(state, due.missed);
}
