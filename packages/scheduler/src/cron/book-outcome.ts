import { iso, keepLatest, type ScheduleState, type StartItem } from "./schedule-vars.ts";

/** What came of an attempt to start a run. `busy`: the last run has not ended. */
export type StartOutcome =
  | { readonly status: "started" }
  | { readonly status: "busy" }
  | { readonly status: "failed"; readonly message: string };

/** Book what came of the run that was to be started. */
export function bookOutcome(state: ScheduleState, outcome: StartOutcome, now: number): void {
  const item = state.current;
  state.current = null;
  if (item === null) return;
  if (outcome.status === "busy") {
    postpone(state, item, now);
    return;
  }
  if (outcome.status === "started") {
    state.started += 1;
    keepLatest(state.last, { run_id: item.run_id, scheduled_for: item.scheduled_for });
  } else {
    state.failed += 1;
    state.last_error = outcome.message.slice(0, 1_000);
  }
  finish(state, item);
}

/** It is decided, one way or the other. */
function finish(state: ScheduleState, item: StartItem): void {
  if (state.buffered?.run_id === item.run_id) state.buffered = null;
  const [job] = state.backfills;
  if (!item.in_turn || job === undefined) return;
  job.cursor = item.scheduled_for;
  job.checks = 0;
}

function postpone(state: ScheduleState, item: StartItem, now: number): void {
  const [job] = state.backfills;
  const { buffered } = state;
  if (item.in_turn) {
    if (job !== undefined) checkLater(job, now);
  } else if (buffered?.run_id === item.run_id) checkLater(buffered, now);
  else if (item.overlap === "skip" || buffered !== null) state.skipped += 1;
  else {
    state.buffered = { ...item, checks: 0, next_check: "", checked_for: null };
    checkLater(state.buffered, now);
  }
}

/** Ends are looked for after 1, 2, 4, … seconds, and every 30 then. */
function checkLater(waiting: { checks: number; next_check: string }, now: number): void {
  waiting.next_check = iso(now + Math.min(1_000 * 2 ** Math.min(waiting.checks, 10), 30_000));
  waiting.checks += 1;
}
