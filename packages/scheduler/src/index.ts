export { Scheduler, type StopOptions } from "./scheduler.ts";
export type { SchedulerOptions, WorkflowShare } from "./scheduler-options.ts";
export type { SchedulerFailure, SchedulerHealth, SchedulerStats } from "./scheduler-stats.ts";
