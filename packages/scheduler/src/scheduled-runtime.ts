import {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  isEnded,
  type LedgerRecord,
  type RecordRange,
  type Runtime,
  type RunHandle,
  type RunState,
  type StartOptions,
  type Workflow,
} from "@abstractruntime/core";
import { Scheduler, type StopOptions } from "./scheduler.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";
import type { SchedulerHealth, SchedulerStats } from "./scheduler-stats.ts";

export interface RunOptions {
  readonly id?: string | undefined;
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Node handlers that this call may call; the scheduler goes on after them. Unlimited by default. */
  readonly maxSteps?: number | undefined;
  /** Resolve when the run has ended, through timers, waits and restarts, instead of when it waits or ends. */
  readonly untilEnd?: boolean | undefined;
  /** Gives up waiting; the run itself goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** A run, as far as it got. */
export interface RunProgress<Output> {
  readonly runId: string;
  readonly state: RunState;
  /** To answer, watch or cancel it. */
  readonly run: RunHandle<Output>;
}

/** Waits that an answer may end. */
const ANSWERABLE: ReadonlySet<string> = new Set(["user", "event", "job"]);

/** A runtime and the scheduler that drives its runs, as one thing. `createScheduledRuntime` makes both. */
export class ScheduledRuntime implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;

  /** @throws invalid_argument */
  constructor(options: SchedulerOptions) {
    this.runtime = options.runtime;
    this.scheduler = new Scheduler(options);
  }

  /** Begin to drive what is due. @throws scheduler_running */
  start(): void {
    this.scheduler.start();
  }

  /** Start a run and drive it until it waits or ends; from there on the scheduler drives it. @throws as `Runtime.start` */
  async run<Output, Input>(
    // oxlint-disable-next-line typescript/no-explicit-any -- the vars' type is between the workflow and its handlers
    workflow: Workflow<any, Output, Input>,
    vars?: Input,
    options: RunOptions = {},
  ): Promise<RunProgress<Output>> {
    const { untilEnd = false, ...rest } = options;
    const start: StartOptions<Input> = { ...rest, ...(vars !== undefined && { vars }) };
    const run = await this.runtime.start(workflow, { ...start, ...(untilEnd && { drive: false }) });
    if (untilEnd) await ended(run, options.signal);
    return { runId: run.runId, state: await this.runtime.getState(run.runId), run };
  }

  /**
   * Answer what a run asks, or give it the event that it waits for, and go on.
   *
   * @throws run_not_found; run_not_waiting it waits for nothing, or for what no answer ends, such as time or a child;
   *   invalid_answer, schema_mismatch, invalid_json_value
   */
  async respond(runId: string, answer: unknown): Promise<RunState> {
    const { waiting } = await this.runtime.getState(runId);
    if (waiting === null || waiting.gate !== null || !ANSWERABLE.has(waiting.reason))
      throw new AbstractRuntimeError("run_not_waiting", notAnswerable(runId, waiting?.reason), {
        details: { runId, reason: waiting?.reason ?? null },
      });
    return this.runtime.resume(runId, answer, { waitId: waiting.waitId });
  }

  /** Drive a run now, at most `maxSteps` node handlers far. @throws as `Runtime.tick` */
  tick(runId: string, options?: { readonly maxSteps?: number | undefined }): Promise<RunState> {
    return this.runtime.tick(runId, options);
  }

  /** Give a waiting run the event that it waits for, by its key. @throws as `Runtime.resume` */
  resumeEvent(runId: string, waitKey: string, payload: unknown): Promise<RunState> {
    return this.runtime.resume(runId, payload, { waitKey });
  }

  getState(runId: string): Promise<RunState> {
    return this.runtime.getState(runId);
  }

  getLedger(runId: string, range?: RecordRange): Promise<readonly LedgerRecord[]> {
    return this.runtime.getLedger(runId, range);
  }

  /** Runs that wait for somebody or something, the latest changed first; at most `limit` (100 by default, up to 1,000). */
  async findWaitingRuns(
    filter: {
      readonly workflowId?: string;
      readonly sessionId?: string;
      readonly limit?: number;
    } = {},
  ): Promise<readonly RunState[]> {
    return (await this.runtime.listRuns({ status: "waiting", ...filter })).items;
  }

  /** Cancel a run and all runs below it. @throws run_not_found */
  cancelRun(runId: string, reason?: string): Promise<RunState> {
    return this.runtime.cancelRun(runId, reason);
  }

  /** The same. @returns how many of them had not ended before @throws run_not_found */
  async cancelWithChildren(runId: string, reason?: string): Promise<number> {
    const living = await this.#living(runId);
    await this.runtime.cancelRun(runId, reason);
    return living;
  }

  get stats(): SchedulerStats {
    return this.scheduler.stats;
  }

  get health(): SchedulerHealth {
    return this.scheduler.health;
  }

  /** Stop the scheduler, then close the runtime and its store. */
  async stop(options?: StopOptions): Promise<void> {
    await this.scheduler.stop(options);
    await this.runtime.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #living(runId: string): Promise<number> {
    let living = isEnded(await this.runtime.getState(runId)) ? 0 : 1;
    for await (const child of this.runtime.runs({ parentRunId: runId }))
      living += await this.#living(child.runId);
    return living;
  }
}

/** Wait until a run has ended, in whatever way. @throws the signal's reason, and what the store throws */
async function ended(run: RunHandle<unknown>, signal: AbortSignal | undefined): Promise<void> {
  try {
    await run.result({ signal });
  } catch (error) {
    const isItsEnd =
      isAbstractRuntimeError(error, "run_failed") || isAbstractRuntimeError(error, "run_cancelled");
    if (!isItsEnd) throw error;
  }
}

function notAnswerable(runId: string, reason: string | undefined): string {
  const what =
    reason === undefined ? "waits for nothing" : `waits for what no answer ends (${reason})`;
  return `run ${runId} ${what}: look at its state`;
}
