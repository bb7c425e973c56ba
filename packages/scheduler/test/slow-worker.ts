// Drives one run whose effect ends a moment after the process was told to end. Usage: node slow-worker.ts DRAIN_MS
import { complete, defineEffect, defineWorkflow } from "@abstractruntime/core";
import { createScheduledRuntime, stopOnSignals } from "../src/index.ts";

const workflow = defineWorkflow({
  id: "slow",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "slow", resultKey: "result" }, nextNode: "last" }),
    last: () => ({ effect: { type: "slow", resultKey: "result" }, nextNode: "end" }),
    end: () => complete("end"),
  },
});

const slow = defineEffect({
  type: "slow",
  replay: "idempotent",
  perform: (_payload: unknown, { signal }) =>
    new Promise((resolve, reject) => {
      console.log("effect begun");
      process.once("SIGTERM", () =>
        setTimeout(() => {
          console.log("effect ended");
          resolve("done");
        }, 50),
      );
      signal.addEventListener("abort", () => {
        console.log("effect interrupted");
        reject(signal.reason);
      });
    }),
});

const app = createScheduledRuntime({ workflows: [workflow], effects: [slow], closesStore: false });
const run = await app.runtime.start(workflow, { drive: false });
stopOnSignals(
  {
    stop: async (options) => {
      await app.stop(options);
      const stored = await app.runtime.store.load(run.runId);
      const result = stored?.run.vars["result"] ?? null;
      console.log(`run at ${stored?.run.currentNode}, step result: ${JSON.stringify(result)}`);
    },
  },
  { drainMs: Number(process.argv[2]) },
);
