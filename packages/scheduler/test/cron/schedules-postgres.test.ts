import { complete, defineWorkflow, Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDatabase, type TestDatabase } from "../../../storage-postgres/test/database.ts";
import { Scheduler, Schedules, scheduleSessionId } from "../../src/index.ts";

const beat = defineWorkflow({
  id: "beat",
  entry: "say",
  nodes: { say: (run) => complete(Date.parse(run.vars.schedule.scheduled_for)) },
});

let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});

afterAll(async () => {
  await database.stop();
});

async function process(): Promise<{
  runtime: Runtime;
  schedules: Schedules;
  scheduler: Scheduler;
}> {
  const store = await PostgresStore.open({ connectionString: database.url });
  const schedules = new Schedules({ store, turnsPerRun: 10 });
  const workflows = [beat, ...schedules.workflows];
  const runtime = new Runtime({ store, workflows, effects: schedules.effects });
  return { runtime, schedules, scheduler: new Scheduler({ runtime }) };
}

it("two schedulers over PostgreSQL start one run per second of each schedule, across its changes of runs", async () => {
  const processes = [await process(), await process()] as const;
  const [{ runtime, schedules }] = processes;
  for (const { scheduler } of processes) scheduler.start();
  const ids = ["a", "b", "c"];
  const times = { cron: "* * * * * *", catchUp: "all", overlap: "allow" } as const;
  for (const id of ids) await schedules.create({ id, workflow: beat, ...times });
  const ticksOf = async (id: string): Promise<readonly number[]> => {
    const ticks: number[] = [];
    const sessionId = scheduleSessionId(id);
    for await (const run of runtime.runs({ sessionId, workflowId: beat.id, status: "completed" }))
      ticks.push(Number(run.output));
    return ticks.toSorted((one, other) => one - other);
  };
  await expect
    .poll(async () => (await schedules.list()).every(({ counts }) => counts.started > 6), {
      timeout: 50_000,
      interval: 200,
    })
    .toBe(true);
  for (const id of ids) await schedules.pause(id);
  for (const id of ids) {
    const { counts, runId } = await schedules.get(id);
    await expect
      .poll(async () => (await ticksOf(id)).length, { timeout: 30_000 })
      .toBe(counts.started);
    const ticks = await ticksOf(id);
    const first = ticks[0] ?? NaN;
    expect(ticks).toEqual(ticks.map((_, index) => first + 1_000 * index));
    expect(counts.missed + counts.failed).toBe(0);
    expect(runId).not.toBe(`schedule.${id}.1`);
  }
  for (const { scheduler, runtime: closing } of processes) {
    await scheduler.stop();
    await closing.close();
  }
});
