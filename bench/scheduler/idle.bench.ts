// What a scheduler costs that has nothing to do, beside a table full of runs that wait.
import { setTimeout as pause } from "node:timers/promises";
import { Runtime, type Workflow } from "@abstractruntime/core";
import { Scheduler } from "@abstractruntime/scheduler";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import pg from "pg";
import { median } from "../measure/median.ts";
import { timed } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import { asking } from "../workload/asking.ts";
import { openServer } from "../workload/bench-server.ts";
import { sleeping } from "../workload/sleeping.ts";

const settings = { waiting: 1_000_000, claims: 500, seconds: 20 };

await benchmark("an idle scheduler", settings, async ({ waiting, claims, seconds }) => {
  await using server = await openServer();
  await using database = await server.newDatabase();
  const store = await PostgresStore.open({ connectionString: database.url });
  const workflows: readonly Workflow[] = [asking, sleeping];
  await using runtime = new Runtime({ store, workflows });
  await fill(database.url, workflows, waiting);
  const times: number[] = [];
  for (let n = 0; n < claims; n += 1)
    times.push(
      (await timed(async () => void (await runtime.claimDue({ limit: 50 })))).seconds * 1_000,
    );

  await using scheduler = new Scheduler({ runtime });
  scheduler.start();
  await pause(1_000);
  const [looks, cpu] = [scheduler.stats.pollCycles, process.cpuUsage()];
  await pause(seconds * 1_000);
  const used = process.cpuUsage(cpu);
  return [
    {
      what: `a claim that finds nothing, beside ${waiting} waiting runs`,
      value: median(times),
      unit: "ms",
      bar: { atMost: 5 },
    },
    {
      what: "looks of an idle scheduler, a second",
      value: (scheduler.stats.pollCycles - looks) / seconds,
      unit: "",
      bar: { atMost: 1.1 },
    },
    {
      what: "processor time of an idle scheduler",
      value: (used.user + used.system) / 10_000 / seconds,
      unit: "%",
      bar: { atMost: 1 },
    },
  ];
});

/** Runs that wait, half of them for a time far away, as rows alone: what a claim does not look at is not there. */
async function fill(url: string, workflows: readonly Workflow[], rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into abstractruntime.runs (run_id, workflow_id, workflow_version, graph_hash, created_ms, updated_ms,
       created_by, commit_id, revision, seq, fold_from, status, paused, wait_id, wait_reason, wait_keys, wake_ms, due_ms)
     select 'run-' || md5(n::text), ($2::text[])[n % 2 + 1], '1', ($3::text[])[n % 2 + 1], 1, 1, 'c', 'c', 1, 1, 1, 'waiting',
       false, 'wait-' || n, 'event', array['key-' || n], t.due, t.due
     from generate_series(1, $1) n, lateral (select case when n % 2 = 0 then 4102444800000 + n end as due) t`,
    [rows, workflows.map(({ id }) => id), workflows.map(({ graphHash }) => graphHash)],
  );
  await client.query("vacuum analyze abstractruntime.runs");
  await client.end();
}
