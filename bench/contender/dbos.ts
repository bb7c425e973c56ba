import { randomUUID } from "node:crypto";
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import { inParallel } from "../measure/in-parallel.ts";
import { timed } from "../measure/stopwatch.ts";
import { untilTime } from "../measure/until-time.ts";
import { DueAtOnce } from "../workload/due-at-once.ts";
import { StepNotes } from "../workload/step-notes.ts";
import { noteOf, textOf } from "../workload/texts.ts";
import type { Contender, Turn } from "./contender.ts";

/** The best of 5, 10, 20 and 50 at 50 workflows at a time. */
const POOL_SIZE = 20;

const STARTED_AT_ONCE = 50;

let notes: StepNotes | null = null;
let waiting = 0;
let onFired: () => void = () => undefined;

const counting = DBOS.registerWorkflow(
  async (steps: number): Promise<number> => {
    let last = 0;
    for (let n = 1; n <= steps; n += 1)
      last = (await DBOS.runStep(async () => ({ seen: n }), { name: "count" })).seen;
    return last;
  },
  { name: "counting" },
);

/** The workflow's state is what its steps returned: each result is stored, once. */
const keeping = DBOS.registerWorkflow(
  async (steps: number, length: number): Promise<number> => {
    const texts: string[] = [];
    for (let n = 1; n <= steps; n += 1) {
      const step = async (): Promise<string> => {
        await notes?.note();
        return length === 100 ? noteOf(n) : textOf(n, length);
      };
      texts.push(await DBOS.runStep(step, { name: "keep" }));
    }
    return texts.length;
  },
  { name: "keeping" },
);

const asking = DBOS.registerWorkflow(
  async (): Promise<string | null> => {
    waiting += 1;
    return DBOS.recv<string>("answer", 3_600);
  },
  { name: "asking" },
);

const sleeping = DBOS.registerWorkflow(
  async (dueAt: number): Promise<void> => {
    waiting += 1;
    await DBOS.sleep(dueAt - Date.now());
    await DBOS.runStep(async () => onFired(), { name: "fire" });
  },
  { name: "sleeping" },
);

/** DBOS Transact: plain async functions whose steps' results are stored; no tracing, no cloud, no logs but errors. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    systemDatabasePool: pool,
    enableOTLP: false,
    logLevel: "error",
  });
  await DBOS.launch();
  let dueAtOnce: DueAtOnce | null = null;

  const keep = async (steps: number, length: number): Promise<Turn> => {
    notes = new StepNotes(pool, steps);
    await keeping(steps, length);
    return notes.turn(length);
  };

  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      return untilTime(milliseconds, concurrency, async () => {
        const seen = await counting(steps);
        if (seen !== steps) throw new Error(`${steps} steps saw ${seen}`);
      });
    },
    async answers({ runs, concurrency }) {
      waiting = 0;
      const ids = Array.from({ length: runs }, () => randomUUID());
      const handles = new Map<string, { getResult(): Promise<string | null> }>();
      await inParallel(runs, STARTED_AT_ONCE, async (index) => {
        const workflowID = ids[index] ?? "";
        handles.set(workflowID, await DBOS.startWorkflow(asking, { workflowID })());
      });
      await untilIdle(pool, () => waiting === runs);
      const took = await timed(async () => {
        await inParallel(runs, concurrency, async (index) => {
          await DBOS.send(ids[index] ?? "", "yes", "answer");
        });
        for (const [id, handle] of handles)
          if ((await handle.getResult()) !== "yes") throw new Error(`${id} got no answer`);
      });
      return { seconds: took.seconds, runs, samples: [] };
    },
    growing: ({ steps }) => keep(steps, 1_000),
    editing: ({ steps }) => keep(steps, 100),
    async timers({ timers, leadMs }) {
      dueAtOnce ??= new DueAtOnce(leadMs);
      const ends: Promise<void>[] = [];
      const samples = await dueAtOnce.lateness(timers, async (dueAt, fired) => {
        waiting = 0;
        onFired = fired;
        await inParallel(timers, STARTED_AT_ONCE, async () => {
          const handle = await DBOS.startWorkflow(sleeping)(dueAt);
          ends.push(handle.getResult());
        });
        await untilIdle(pool, () => waiting === timers);
      });
      await Promise.all(ends);
      return { seconds: Math.max(...samples) / 1_000, runs: timers, samples };
    },
    async [Symbol.asyncDispose]() {
      await DBOS.shutdown();
      await pool.end();
    },
  };
}

/** Until something holds and nobody has asked the database for anything for a while. */
async function untilIdle(pool: pg.Pool, holds: () => boolean): Promise<void> {
  for (let quiet = 0; quiet < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    // One connection listens for notifications.
    const isIdle = pool.waitingCount === 0 && pool.totalCount - pool.idleCount <= 1;
    quiet = holds() && isIdle ? quiet + 1 : 0;
  }
}
