import { AbstractRuntimeError } from "@abstractruntime/core";
import { parseInstant } from "@abstractruntime/core/store";
import type { Command } from "./commands.ts";
import { assertNames, instantOf } from "./parse-settings.ts";
import type { BackfillOptions } from "./schedule-options.ts";
import type { ScheduleSpec } from "./schedule-spec.ts";
import { ticksOf } from "./ticks.ts";

type BackfillCommand = Extract<Command, { readonly kind: "backfill" }>;

const MAX_TICKS = 1_000;

/**
 * What a user says of a backfill, checked.
 *
 * @param now milliseconds since 1970
 * @throws invalid_argument
 */
export function backfillOf(options: BackfillOptions, now: number): BackfillCommand {
  assertNames(options, ["from", "to", "overlap"], "backfill");
  const { overlap = "buffer_all" } = options;
  if (overlap !== "buffer_all" && overlap !== "allow")
    throw invalid("overlap: give buffer_all or allow");
  const [from, to] = [instantOf(options.from, "from"), instantOf(options.to, "to")];
  if (parseInstant(to) > now) throw invalid("to: it is in the future; give a past instant");
  return { kind: "backfill", from, to, overlap };
}

/** How many ticks a backfill has. @throws invalid_argument too many */
export function countTicks(spec: ScheduleSpec, anchor: string, range: BackfillCommand): number {
  const ticks = ticksOf(spec.timing, parseInstant(anchor));
  const [from, to] = [parseInstant(range.from), parseInstant(range.to)];
  const count = ticks.count(from - 1, to + 1, MAX_TICKS + 1);
  if (count <= MAX_TICKS) return count;
  throw invalid(`backfill: there are over ${MAX_TICKS} ticks in it; take smaller parts`);
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
