// A process whose scheduler drives whatever is due, and that is killed. What it did is in its file.
import { Scheduler } from "../../src/index.ts";
import { driveUntilTold, openProcess } from "./driver-process.ts";

const { runtime, onRunFailed } = await openProcess();
driveUntilTold(runtime, new Scheduler({ runtime, concurrency: 25, stepsPerTurn: 7, onRunFailed }));
