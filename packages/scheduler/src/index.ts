export { Scheduler, type StopOptions } from "./scheduler.ts";
export type { SchedulerOptions, WorkflowShare } from "./scheduler-options.ts";
export type { UnhandledEffects } from "./driving/unhandled-effects.ts";
export type { SchedulerFailure, SchedulerHealth, SchedulerStats } from "./scheduler-stats.ts";
export {
  createScheduledRuntime,
  type ScheduledRuntimeOptions,
} from "./create-scheduled-runtime.ts";
export { ScheduledRuntime, type RunOptions, type RunProgress } from "./scheduled-runtime.ts";
export { stopOnSignals, type SignalOptions } from "./stop-on-signals.ts";
export {
  scheduleSessionId,
  Schedules,
  tickRunId,
  type BackfillOptions,
  type CatchUp,
  type Interval,
  type NewSchedule,
  type Overlap,
  type ScheduleInfo,
  type ScheduleSettings,
  type SchedulesOptions,
  type ScheduleTimes,
  type TriggerOptions,
} from "./cron/index.ts";
