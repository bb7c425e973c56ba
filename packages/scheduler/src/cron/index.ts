export { scheduleSessionId, tickRunId } from "./names.ts";
export { Schedules } from "./schedules.ts";
export type { ScheduleInfo } from "./schedule-info.ts";
export type {
  BackfillOptions,
  Interval,
  NewSchedule,
  ScheduleSettings,
  SchedulesOptions,
  ScheduleTimes,
  TriggerOptions,
} from "./schedule-options.ts";
export type { CatchUp } from "./due-tick.ts";
export type { Overlap } from "./schedule-spec.ts";
