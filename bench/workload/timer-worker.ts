// A second process that drives due timers, and says when each fired. As a script: node timer-worker.ts URL
import { fork } from "node:child_process";
import { once } from "node:events";
import { Runtime } from "@abstractruntime/core";
import { Scheduler } from "@abstractruntime/scheduler";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { onFired, sleeping, sleepingEffects } from "./sleeping.ts";

export interface TimerWorker extends AsyncDisposable {
  /** Hear of each timer that fires there, with its time (milliseconds since 1970). */
  onFired(fired: (at: number) => void): void;
}

/** Start the process, and wait until it drives. */
export async function hireTimerWorker(url: string): Promise<TimerWorker> {
  const child = fork(import.meta.filename, [url]);
  await once(child, "message");
  return {
    onFired(fired) {
      child.removeAllListeners("message");
      child.on("message", (times: readonly number[]) => times.forEach((at) => fired(at)));
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit");
      child.disconnect();
      await exit;
    },
  };
}

async function serve(url: string): Promise<void> {
  const store = await PostgresStore.open({ connectionString: url });
  const runtime = new Runtime({ store, workflows: [sleeping], effects: sleepingEffects });
  const scheduler = new Scheduler({ runtime, concurrency: 500 });
  let times: number[] = [];
  onFired(() => {
    if (times.length === 0) setImmediate(tell);
    times.push(Date.now());
  });
  function tell(): void {
    process.send?.(times);
    times = [];
  }
  scheduler.start();
  process.once("disconnect", () => void scheduler.stop().then(() => runtime.close()));
  process.send?.([]);
}

if (import.meta.main) await serve(process.argv[2] ?? "");
