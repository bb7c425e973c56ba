import {
  complete,
  defineWorkflow,
  isAbstractRuntimeError,
  MemoryStore,
  Runtime,
  waitUntil,
  type Clock,
  type DurableStore,
  type RunState,
  type Workflow,
} from "@abstractruntime/core";
import { sequentialIds, VirtualClock } from "@abstractruntime/testkit";
import { Schedules, type SchedulesOptions } from "../../src/cron/index.ts";
import { SCHEDULE_WORKFLOW_ID, scheduleSessionId } from "../../src/cron/names.ts";

/** What the schedules of the tests start: it takes `takesMs`, and says for which tick it ran. */
export const job: Workflow = defineWorkflow({
  id: "job",
  entry: "work",
  nodes: {
    work: (run) =>
      run.vars.takesMs > 0
        ? waitUntil({ afterMs: run.vars.takesMs, next: "done" })
        : complete(run.vars.schedule),
    done: (run) => complete(run.vars.schedule),
  },
});

export interface Process {
  readonly runtime: Runtime;
  readonly schedules: Schedules;
}

export interface ScheduleWorld {
  readonly clock: VirtualClock;
  readonly store: DurableStore;
  /** A further process over the same store, or over one that stands before it. */
  boot(options?: {
    readonly store?: DurableStore;
    readonly skewMs?: number;
    readonly workflows?: readonly Workflow[];
  }): Process;
  /** Let time pass, looking for due runs each `stepMs`, a second by default. */
  pass(ms: number, processes: readonly Process[], stepMs?: number): Promise<void>;
  /** Runs that the schedule started, by id. */
  started(id: string): Promise<readonly RunState[]>;
}

/** A store in memory, and processes over it, in a time that the test moves. */
export function scheduleWorld(
  options: Omit<SchedulesOptions, "store"> & {
    readonly startAt?: string;
    readonly workflows?: readonly Workflow[];
  } = {},
): ScheduleWorld {
  const { startAt = "2026-01-01T00:00:00Z", workflows = [job], ...ofSchedules } = options;
  const clock = new VirtualClock({ startAt });
  const store = new MemoryStore({ clock });
  let seed = 0;
  const boot: ScheduleWorld["boot"] = (given = {}) => {
    seed += 1;
    const { skewMs = 0 } = given;
    const ids = sequentialIds(seed);
    const own: Clock = {
      now: () => clock.now() + skewMs,
      sleep: (ms, abortable) => clock.sleep(ms, abortable),
      schedule: (ms, run) => clock.schedule(ms, run),
    };
    const ownStore = given.store ?? store;
    const schedules = new Schedules({ store: ownStore, clock: own, ids, ...ofSchedules });
    const runtime = new Runtime({
      store: ownStore,
      workflows: [...(given.workflows ?? workflows), ...schedules.workflows],
      effects: schedules.effects,
      clock: own,
      ids,
      closesStore: false,
    });
    return { runtime, schedules };
  };
  return {
    clock,
    store,
    boot,
    async pass(ms, processes, stepMs = 1_000) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        await clock.advance(Math.min(stepMs, ms - passed));
        await Promise.all(processes.map((process) => driveDue(store, process, clock.now())));
      }
    },
    async started(id) {
      const { items } = await store.list({ sessionId: scheduleSessionId(id), limit: 1_000 });
      return items
        .map(({ run }) => run)
        .filter(({ workflowId }) => workflowId !== SCHEDULE_WORKFLOW_ID)
        .toSorted((one, other) => (one.runId < other.runId ? -1 : 1));
    },
  };
}

/** Drive all that is due, until nothing is; a driver that is refused leaves the run to another. */
export async function driveDue(
  store: DurableStore,
  { runtime }: Process,
  now: number,
): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const { items } = await store.list({ statuses: ["running", "waiting"], limit: 1_000 });
    const due = items.filter(
      ({ run, head }) =>
        runtime.workflows.has(run.workflowId) &&
        head.wakeAt !== null &&
        Date.parse(head.wakeAt) <= now,
    );
    if (due.length === 0) return;
    for (const { run } of due) await unlessElsewhere(runtime.tick(run.runId, { maxSteps: 10_000 }));
  }
}

async function unlessElsewhere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAbstractRuntimeError(error, "run_leased")) throw error;
  }
}

/** For which instants runs were started. */
export function timesOf(runs: readonly RunState[]): readonly string[] {
  return runs.map(({ vars }) => (vars["schedule"] as { scheduled_for: string }).scheduled_for);
}
