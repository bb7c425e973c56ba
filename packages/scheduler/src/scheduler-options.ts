import {
  AbstractRuntimeError,
  type Clock,
  type Logger,
  type Runtime,
  type RunState,
} from "@abstractruntime/core";
import type { UnhandledEffects } from "./driving/unhandled-effects.ts";

/** How runs of one workflow are treated. */
export interface WorkflowShare {
  /** At most so many of its runs at the same time in this process; no bound of its own by default. */
  readonly concurrency?: number;
  /** Higher comes first, when there is not room for all; 0 by default. */
  readonly priority?: number;
}

export interface SchedulerOptions {
  /** Its workflows are driven, whichever are registered when a claim is made. */
  readonly runtime: Runtime;
  /** At most so many runs at the same time in this process; 50 by default. */
  readonly concurrency?: number;
  /** By workflow id. */
  readonly workflows?: Readonly<Record<string, WorkflowShare>>;
  /** How often to look for what nobody told of, in milliseconds; 1,000 by default. */
  readonly pollIntervalMs?: number;
  /** Node handlers that a run may call before others have their turn; 1,000 by default. */
  readonly stepsPerTurn?: number;
  /** What becomes of a run that asks for an effect without a handler here; it depends on the store by default. */
  readonly unhandledEffects?: UnhandledEffects;
  /** After each turn that moved a run. What it throws is logged. */
  readonly onRunResumed?: (run: RunState) => void;
  /** A run could not be driven, or stands in a `stuck` gate: it is put off, and others go on. What it throws is logged. */
  readonly onRunFailed?: (runId: string, error: Error) => void;
  /** How many failures `stats` remembers; 100 by default. */
  readonly maxErrorsKept?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** @throws invalid_argument */
export function assertSchedulerOptions(options: SchedulerOptions): void {
  const { concurrency = 50, pollIntervalMs = 1_000, stepsPerTurn = 1_000 } = options;
  if (typeof options.runtime?.claimDue !== "function")
    throw invalid("runtime: give a Runtime, such as new Runtime({ store, workflows })");
  if (!isCount(concurrency))
    throw invalid(`concurrency is ${concurrency}: give a whole number from 1`);
  if (!(Number.isFinite(pollIntervalMs) && pollIntervalMs >= 10))
    throw invalid(`pollIntervalMs is ${pollIntervalMs}: give at least 10 milliseconds`);
  if (!isCount(stepsPerTurn))
    throw invalid(`stepsPerTurn is ${stepsPerTurn}: give a whole number from 1`);
  if (!(Number.isInteger(options.maxErrorsKept ?? 100) && (options.maxErrorsKept ?? 100) >= 0))
    throw invalid(`maxErrorsKept is ${options.maxErrorsKept}: give a whole number from 0`);
  for (const [id, share] of Object.entries(options.workflows ?? {})) assertShare(id, share);
}

function assertShare(id: string, { concurrency = 1, priority = 0 }: WorkflowShare): void {
  const where = `workflows[${JSON.stringify(id)}]`;
  if (!isCount(concurrency))
    throw invalid(`${where}.concurrency is ${concurrency}: give a whole number from 1`);
  if (!Number.isFinite(priority)) throw invalid(`${where}.priority is ${priority}: give a number`);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
