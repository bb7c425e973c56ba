import { randomUUID } from "node:crypto";
import { Runtime, type Workflow } from "@abstractruntime/core";
import { Scheduler } from "@abstractruntime/scheduler";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import pg from "pg";
import { inParallel } from "../measure/in-parallel.ts";
import { timed } from "../measure/stopwatch.ts";
import { untilTime } from "../measure/until-time.ts";
import { asking } from "../workload/asking.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import { Countdown } from "../workload/countdown.ts";
import { DueAtOnce } from "../workload/due-at-once.ts";
import {
  editing,
  editingVars,
  growing,
  growingVars,
  keepingEffects,
  noteSteps,
} from "../workload/keeping.ts";
import { onFired, sleeping, sleepingEffects } from "../workload/sleeping.ts";
import { StepNotes } from "../workload/step-notes.ts";
import { hireTimerWorker, type TimerWorker } from "../workload/timer-worker.ts";
import type { Contender, Turn } from "./contender.ts";

/** So many runs are started at a time, where that is not what is measured. */
const STARTED_AT_ONCE = 100;

/** So many runs a scheduler drives at a time, where all are due at once. */
const TIMERS_AT_ONCE = 500;

/** This repository's runtime on its PostgreSQL store, both as they are by default. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url });
  const store = await PostgresStore.open({ pool });
  const effects = [count, ...keepingEffects, ...sleepingEffects];
  const runtime = new Runtime({ store, effects, workflows: [asking, counting, sleeping] });
  let dueAtOnce: DueAtOnce | null = null;
  let second: TimerWorker | null = null;
  let isChecked = false;

  const check = async (runId: string): Promise<void> => {
    const { status } = await runtime.getState(runId);
    if (status !== "completed") throw new Error(`run ${runId} is ${status}`);
  };
  const keep = async (workflow: Workflow, steps: number, vars: object): Promise<Turn> => {
    const notes = new StepNotes(pool, steps);
    noteSteps(notes);
    const { runId } = await runtime.start(workflow, { vars });
    const [, ...records] = await store.recordTexts(runId); // the first has the vars at the start
    return notes.turn(records.reduce((sum, text) => sum + text.length, 0) / steps);
  };

  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      let runId = "";
      const turn = await untilTime(milliseconds, concurrency, async () => {
        ({ runId } = await runtime.start(counting, { vars: countingVars(steps) }));
      });
      if (!isChecked) await check(runId);
      isChecked = true; // later turns have no transactions but their own
      return turn;
    },
    async answers({ runs, concurrency }) {
      const ids = Array.from({ length: runs }, () => randomUUID());
      await inParallel(runs, STARTED_AT_ONCE, async (index) => {
        await runtime.start(asking, { id: ids[index] });
      });
      const took = await timed(() =>
        inParallel(runs, concurrency, async (index) => {
          const { status } = await runtime.resume(ids[index] ?? "", "yes", { waitKey: "answer" });
          if (status !== "completed") throw new Error(`run ${ids[index]} is ${status}`);
        }),
      );
      return { seconds: took.seconds, runs, samples: [] };
    },
    growing: ({ steps }) => keep(growing, steps, growingVars(steps)),
    editing: ({ steps, kilobytes }) => keep(editing, steps, editingVars(steps, kilobytes)),
    async timers({ timers, leadMs }) {
      dueAtOnce ??= new DueAtOnce(leadMs);
      second ??= await hireTimerWorker(url);
      await using scheduler = new Scheduler({ runtime, concurrency: TIMERS_AT_ONCE });
      scheduler.start();
      const samples = await dueAtOnce.lateness(timers, async (dueAt, fired) => {
        onFired(fired);
        second?.onFired(fired);
        const vars = { until: new Date(dueAt).toISOString() };
        await inParallel(timers, STARTED_AT_ONCE, async () => {
          await runtime.start(sleeping, { vars });
        });
      });
      return { seconds: Math.max(...samples) / 1_000, runs: timers, samples };
    },
    async workers({ runs, steps, concurrency }) {
      const ended = new Countdown(runs);
      await using scheduler = new Scheduler({
        runtime,
        concurrency,
        onRunResumed: ({ status }) => void (status === "completed" && ended.count()),
      });
      scheduler.start();
      const took = await timed(async () => {
        await inParallel(runs, STARTED_AT_ONCE, async () => {
          await runtime.start(counting, { vars: countingVars(steps), drive: false });
        });
        await ended.done;
      });
      return { seconds: took.seconds, runs, samples: [] };
    },
    async [Symbol.asyncDispose]() {
      await second?.[Symbol.asyncDispose]();
      await runtime.close();
      await pool.end();
    },
  };
}
