import type { JsonObject } from "@abstractruntime/core";
import type { CatchUpPolicy } from "./due-tick.ts";
import type { Timing } from "./ticks.ts";

/**
 * What happens to a tick while the run that the schedule started last has not ended: it is dropped; it waits for the end,
 * one tick at most; it starts all the same; or that run is cancelled first.
 */
export type Overlap = "skip" | "buffer_one" | "allow" | "cancel_running";

/** What a schedule is to do, as its run keeps it. */
export interface ScheduleSpec extends CatchUpPolicy {
  readonly workflow_id: string;
  readonly input: JsonObject;
  readonly timing: Timing;
  readonly start_at: string | null;
  readonly end_at: string | null;
  readonly jitter_ms: number;
  readonly overlap: Overlap;
}

/** What counts where `create` is not told otherwise. */
export const defaultSpec: Omit<ScheduleSpec, "workflow_id" | "timing"> = {
  input: {},
  start_at: null,
  end_at: null,
  jitter_ms: 0,
  overlap: "skip",
  catch_up: "last",
  max_catch_up: 100,
  catch_up_window_ms: null,
  grace_ms: 60_000,
};
