// New here: time. A timer is an instant in the store, not a promise that sleeps: no process has to live until then.
import { complete, defineWorkflow, MemoryStore, Runtime, waitUntil } from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";

const TWO_WEEKS_MS = 14 * 86_400_000;

const reminder = defineWorkflow({
  id: "reminder",
  entry: "sleep",
  nodes: {
    // Or, for an instant, `until: "2026-01-15T00:00:00Z"`.
    sleep: () => waitUntil({ afterMs: TWO_WEEKS_MS, resultKey: "slept", next: "remind" }),
    remind: (run) => complete(`reminded, ${run.vars.slept.until} being over`),
  },
});

// Time is a port. This clock stands still until we move it; leave it out, and the machine's own is used.
const clock = new VirtualClock({ startAt: "2026-01-01T00:00:00Z" });
await using runtime = new Runtime({ store: new MemoryStore({ clock }), clock });

const run = await runtime.start(reminder);
console.log("started:", await timer());

// A tick looks at the run and does what can be done now. A day later that is nothing.
await clock.advance(86_400_000);
console.log("a day later:", (await run.tick()).status);

// On the day it is the rest of the run. A tick is safe at any time, in any process, after any crash.
await clock.advance(TWO_WEEKS_MS);
console.log("two weeks later:", (await run.tick()).status);
console.log(await run.result());

// A program that has nothing else to do calls `await run.run()` instead: it sleeps, and ticks when it is time.

async function timer(): Promise<string> {
  const { status, waiting } = await run.state();
  return `${status} until ${waiting?.until}`;
}
