export { BullFleet, type StopOptions } from "./bull-fleet.ts";
export type { FleetOptions, RateLimit } from "./fleet-options.ts";
export type { FleetHealth, FleetStats } from "./fleet-stats.ts";
export type { JobResult, RunJob } from "./run-job.ts";
