// A process whose effects block its event loop for longer than its lease. Usage: node blocking-worker.ts URL BLOCKED_MS
import { writeSync } from "node:fs";
import { Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { Scheduler } from "../../src/index.ts";
import { blockable, LEASE_MS, workflows } from "./blockable.ts";

const [, , url = "", blockedMs] = process.argv;
const say = (line: string): void => void writeSync(1, `${line}\n`); // at once, also from a blocked process
const effects = blockable(() => {
  say("blocked");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(blockedMs));
  say("free again");
  return "from the blocked process";
});
const store = await PostgresStore.open({ connectionString: url });
const runtime = new Runtime({ store, workflows, effects, leaseMs: LEASE_MS });
const scheduler = new Scheduler({
  runtime,
  onRunFailed: (_runId, error) => say(`failed: ${error.message}`),
});
scheduler.start();
process.once("SIGTERM", () => {
  void scheduler
    .stop()
    .then(() => runtime.close())
    .then(() => say("closed"))
    .then(() => process.exit());
});
