// A process that drives whatever is due, and that is killed. What it did is in its file.
import { Scheduler } from "@abstractruntime/scheduler";
import { driveUntilTold, openProcess } from "../../../scheduler/test/fleet/driver-process.ts";
import { BullFleet } from "../../src/index.ts";
import type { Roles } from "./roles.ts";

const { job, runtime, onRunFailed } = await openProcess();
const { redisUrl, prefix, roles } = JSON.parse(process.argv[3] ?? "") as Roles;
const role = roles[job.place % roles.length];
const how = { runtime, concurrency: 150, stepsPerTurn: 7, onRunFailed };
const fleet = { ...how, connection: redisUrl, prefix, queue: job.schema, maxQueued: 100 };
driveUntilTold(
  runtime,
  role === "scheduler"
    ? new Scheduler(how)
    : new BullFleet({ ...fleet, dispatch: role === "dispatching" }),
);
