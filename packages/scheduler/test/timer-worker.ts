// Has nothing to do but one run whose timer ends in a moment, and stops then. Usage: node timer-worker.ts
import { complete, defineWorkflow, MemoryStore, Runtime, waitUntil } from "@abstractruntime/core";
import { Scheduler } from "../src/index.ts";

const nap = defineWorkflow({
  id: "nap",
  entry: "sleep",
  nodes: {
    sleep: () => waitUntil({ afterMs: 300, next: "end" }),
    end: () => complete("awake"),
  },
});
const runtime = new Runtime({ store: new MemoryStore(), workflows: [nap] });
const scheduler = new Scheduler({
  runtime,
  onRunResumed: ({ status, output }) => {
    console.log(`${status}: ${JSON.stringify(output)}`);
    if (status === "completed") void scheduler.stop().then(() => console.log("stopped"));
  },
});
await runtime.start(nap, { drive: false });
scheduler.start();
