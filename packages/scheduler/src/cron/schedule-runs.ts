import {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  isEnded,
  type Client,
  type Clock,
  type RunState,
} from "@abstractruntime/core";
import { assertScheduleId, SCHEDULE_WORKFLOW_ID, scheduleSessionId } from "./names.ts";
import type { ScheduleVars } from "./schedule-vars.ts";

const living = ["running", "waiting"] as const;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Finds the run in which a schedule lives. There are two for a moment when one takes over; the older one counts. */
export class ScheduleRuns {
  readonly #client: Client;
  readonly #clock: Clock;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The run in which a schedule lives; undefined when there is none. */
  async living(id: string): Promise<RunState | undefined> {
    assertScheduleId(id);
    const query = { ...runsOf(id), statuses: living };
    const { items } = await this.#client.listRuns(query);
    return items.toSorted((one, other) => generationOf(one) - generationOf(other))[0];
  }

  /** @throws run_not_found, run_ended, invalid_argument */
  async livingOrThrow(id: string): Promise<RunState> {
    const run = await this.living(id);
    if (run !== undefined) return run;
    const { runId } = await this.latestOrThrow(id);
    throw new AbstractRuntimeError("run_ended", `schedule ${id} has ended: create it again`, {
      details: { runId },
    });
  }

  /** The run in which a schedule lives, or the last one in which it did. @throws run_not_found, invalid_argument */
  async latestOrThrow(id: string): Promise<RunState> {
    const run = (await this.living(id)) ?? (await this.last(id));
    if (run !== undefined) return run;
    throw new AbstractRuntimeError(
      "run_not_found",
      `there is no schedule ${id}: check the id; it may have been purged`,
    );
  }

  /** Of all schedules, by id. */
  async allLiving(): Promise<readonly RunState[]> {
    const byId = new Map<string, RunState>();
    const query = { workflowId: SCHEDULE_WORKFLOW_ID, statuses: living, limit: 1_000 };
    for await (const run of this.#client.runs(query)) {
      const { id } = identityOf(run);
      const known = byId.get(id);
      if (known === undefined || generationOf(run) < generationOf(known)) byId.set(id, run);
    }
    return [...byId.values()].toSorted((one, other) =>
      identityOf(one).id < identityOf(other).id ? -1 : 1,
    );
  }

  /** Pause the run in which a schedule lives, and see that it is so. @throws run_not_found, run_ended, run_leased */
  async pause(id: string, by: string | undefined): Promise<void> {
    await this.#insist(
      id,
      (run) => run.paused,
      async ({ runId }) => {
        await this.#client.pauseRun(runId, { by });
      },
    );
    await this.livingOrThrow(id);
  }

  /** Cancel all runs in which a schedule lives. @throws run_leased */
  async cancel(id: string, reason: string, by: string | undefined): Promise<void> {
    await this.#insist(id, isEnded, async ({ runId }) => {
      await this.#client.cancelRun(runId, reason, { by });
    });
  }

  /** Tell a schedule's run something until it is done, also when another run takes over meanwhile. */
  async #insist(
    id: string,
    isDone: (run: RunState) => boolean,
    tell: (run: RunState) => Promise<void>,
  ): Promise<void> {
    const deadline = this.#clock.now() + PATIENCE_MS;
    let told: string | null = null;
    for (let run = await this.living(id); run !== undefined; run = await this.living(id)) {
      if (isDone(run)) return;
      if (told !== run.runId) {
        told = run.runId;
        await unlessEnded(tell(run));
        continue;
      }
      if (this.#clock.now() >= deadline) throw notYet(id, run);
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** The run with the highest number, which may have ended; undefined for a schedule that never was. */
  async last(id: string): Promise<RunState | undefined> {
    assertScheduleId(id);
    let last: RunState | undefined;
    for await (const run of this.#client.runs(runsOf(id)))
      if (last === undefined || generationOf(run) > generationOf(last)) last = run;
    return last;
  }
}

function runsOf(id: string): { readonly workflowId: string; readonly sessionId: string } {
  return { workflowId: SCHEDULE_WORKFLOW_ID, sessionId: scheduleSessionId(id) };
}

function identityOf(run: RunState): ScheduleVars["schedule"] {
  return (run.vars as unknown as ScheduleVars).schedule;
}

/** A run's place among the runs of its schedule's id, from 1. */
export function generationOf(run: RunState): number {
  return identityOf(run).generation;
}

async function unlessEnded(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAbstractRuntimeError(error, "run_ended")) throw error;
  }
}

function notYet(id: string, run: RunState): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "run_leased",
    `schedule ${id} was told, but who drives it has not read it yet: it will, or ask again`,
    { details: { runId: run.runId } },
  );
}
