// New here: a schedule, and a scheduler that drives it. A schedule is a run like all others: it is in the store, it
// survives the process, and each of its ticks starts one run, whose id names the tick.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { complete, defineWorkflow, type Runtime } from "@abstractruntime/core";
import { createScheduledRuntime, Schedules, scheduleSessionId } from "@abstractruntime/scheduler";
import { FileStore } from "@abstractruntime/storage-fs";

const beat = defineWorkflow({
  id: "beat",
  entry: "say",
  nodes: { say: (run) => complete(Date.parse(run.vars.schedule.scheduled_for)) },
});

const folder = mkdtempSync(join(tmpdir(), "beats-"));

console.log("first life");
await live(async (schedules, runtime) => {
  // Six fields: seconds come first. What is missed is run later, each tick of it.
  const times = { cron: "* * * * * *", catchUp: "all", overlap: "allow" } as const;
  await schedules.create({ id: "heartbeat", workflow: beat, ...times });
  await untilBeats(runtime, 3);
  console.log("  three ticks, three runs");
});

console.log("down for two seconds");
await setTimeout(2_000);

console.log("second life");
await live(async (schedules, runtime) => {
  await untilBeats(runtime, 6);
  const instants = (await beats(runtime)).toSorted((one, other) => one - other);
  const seconds = instants.map((instant) => (instant - (instants[0] ?? 0)) / 1_000);
  console.log("  ticks, in seconds from the first:", seconds.slice(0, 6).join(" "));
  await schedules.pause("heartbeat", { by: "the reader of this example" });
  const { status, counts } = await schedules.get("heartbeat");
  console.log(`  ${status}, with ${counts.missed} ticks missed`);
  await schedules.remove("heartbeat");
});

rmSync(folder, { recursive: true });

/** One process, with its store, schedules and scheduler, from its start to its stop. */
async function live(work: (schedules: Schedules, runtime: Runtime) => Promise<void>) {
  const store = await FileStore.open(folder);
  const schedules = new Schedules({ store });
  await using app = createScheduledRuntime({
    store,
    workflows: [beat, ...schedules.workflows],
    effects: schedules.effects,
  });
  await work(schedules, app.runtime);
}

/** The ticks that have been run, in milliseconds since 1970. A schedule's runs are one session. */
async function beats(runtime: Runtime): Promise<number[]> {
  const sessionId = scheduleSessionId("heartbeat");
  const ticks: number[] = [];
  for await (const run of runtime.runs({ sessionId, workflowId: beat.id, status: "completed" }))
    ticks.push(Number(run.output));
  return ticks;
}

async function untilBeats(runtime: Runtime, count: number) {
  while ((await beats(runtime)).length < count) await setTimeout(50);
}
