import type { Imported, ImportOptions } from "../bundle/import-run.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LimitUpdates } from "../limits/update-limits.ts";
import type { Published } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { adoptRun, type Handover } from "./adopt-run.ts";
import { claimRuns, type ClaimOptions, type DueRun, type DueRuns } from "./claim-runs.ts";
import { cancelRun, updateLimits, type ControlOptions, type LimitOptions } from "./control-run.ts";
import { driveFamily, type Shell } from "./drive-run.ts";
import { emitEvent, type EmitOptions } from "./emit-event.ts";
import { makeShell } from "./make-shell.ts";
import { maxStepsOf } from "./max-steps.ts";
import { exportFrom, importInto, type ExportOptions } from "./move-run.ts";
import { pauseRun, unpauseRun, type PauseOptions } from "./pause-run.ts";
import { purgeRuns, type PurgeOptions, type PurgeResult } from "./purge-runs.ts";
import { resumeRun, type ResumeOptions } from "./resume-run.ts";
import { RunHandle } from "./run-handle.ts";
import { runToEnd } from "./run-to-end.ts";
import { RuntimeHistory } from "./runtime-history.ts";
import { assertOptions, type RuntimeOptions } from "./runtime-options.ts";
import { settleRun, type Verdict } from "./settle-run.ts";
import { startRun, type StartOptions } from "./start-run.ts";

/** 0.2.0's step budget of one tick. */
const TICK_STEPS = 100;

/**
 * Starts, drives, answers and cancels runs over one store. Any number of runtimes, in any number of processes, may share
 * a store: each run is driven by one of them at a time.
 */
export class Runtime extends RuntimeHistory implements AsyncDisposable {
  readonly #options: RuntimeOptions;
  readonly #shell: Shell;

  /** @throws invalid_argument, duplicate_workflow, duplicate_effect */
  constructor(options: RuntimeOptions) {
    assertOptions(options);
    const shell = makeShell(options);
    super(options, shell);
    this.#options = options;
    this.#shell = shell;
  }

  /**
   * Start a run and drive it until it waits or ends. With an `id` that exists, that run is gone on with instead.
   *
   * @throws schema_mismatch, invalid_json_value, invalid_id, run_exists
   */
  async start<Output, Input>(
    // oxlint-disable-next-line typescript/no-explicit-any -- the vars' type is between the workflow and its handlers
    workflow: Workflow<any, Output, Input>,
    options: StartOptions<Input> = {},
  ): Promise<RunHandle<Output>> {
    return new RunHandle<Output>(this, await startRun(this.#shell, workflow, options));
  }

  /** A handle for a run that exists, or may. */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows which workflow it is
  handle<Output = any>(runId: string): RunHandle<Output> {
    return new RunHandle<Output>(this, runId);
  }

  /**
   * Drive a run at most `maxSteps` node handlers far (100 by default), and the children that it waits for.
   *
   * @returns the run as it is then; a run that waits, backs off, is paused or has ended is returned as it was
   * @throws run_not_found, run_leased, workflow_not_registered, workflow_changed, lease_lost, store_unavailable
   */
  async tick(
    runId: string,
    options: {
      readonly maxSteps?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<RunState> {
    const { signal } = options;
    const maxSteps = maxStepsOf(options.maxSteps, TICK_STEPS);
    return deepFreeze(await driveFamily(this.#shell, runId, { maxSteps, signal }));
  }

  /**
   * Take runs that are due, for whoever drives many: a scheduler. Each is held until it is driven or let go.
   *
   * @throws invalid_argument, workflow_not_registered, runtime_closed, store_unavailable
   */
  async claimDue(options: ClaimOptions): Promise<DueRuns> {
    return claimRuns(this.#shell, options);
  }

  /**
   * Take over a due run that another process claimed and handed over (`DueRun.handover`). Undefined: its lease is
   * somebody else's by now, or it was adopted before. Both runtimes should have the same `leaseMs`.
   *
   * @throws runtime_closed, invalid_instant, store_unavailable
   */
  async adopt(handover: Handover): Promise<DueRun | undefined> {
    return adoptRun(this.#shell, handover);
  }

  /** How long the leases of this runtime run, in milliseconds. */
  get leaseMs(): number {
    return this.#shell.kernel.leaseMs;
  }

  /**
   * Drive a run to its end, sleeping through timers, backoff and other drivers' leases, or to a wait that only the outside
   * can end.
   */
  async run(
    runId: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<RunState> {
    return deepFreeze(await runToEnd(this.#shell, runId, options));
  }

  /**
   * Answer a run's wait, by `waitId` or `waitKey`, and go on driving.
   *
   * @throws run_not_found, run_not_waiting, wait_id_mismatch, wait_key_mismatch, invalid_answer, schema_mismatch,
   *   invalid_json_value: nothing has changed then
   */
  async resume(runId: string, answer: unknown, options: ResumeOptions): Promise<RunState> {
    await resumeRun(this.#shell, runId, answer, options);
    return this.getState(runId);
  }

  /**
   * End a gate: say whether an effect of unknown outcome happened, let a stuck run try again or fail, or give up what a
   * limit holds back.
   *
   * @throws run_not_found, run_not_waiting, wait_id_mismatch, invalid_argument; limit_exceeded: raise the limit instead
   */
  async settle(
    runId: string,
    waitId: string,
    verdict: Verdict,
    options: ControlOptions = {},
  ): Promise<RunState> {
    await settleRun(this.#shell, runId, waitId, verdict, options);
    return this.getState(runId);
  }

  /**
   * Cancel a run and its descendants, whoever drives them: their effects' signals are aborted, nothing is done after it.
   * A run that ended before is returned unchanged.
   *
   * @throws run_not_found
   */
  async cancelRun(
    runId: string,
    reason = "Cancelled",
    options: ControlOptions = {},
  ): Promise<RunState> {
    return deepFreeze(await cancelRun(this.#shell, runId, reason, options));
  }

  /**
   * Nobody drives a paused run: an effect under way is interrupted, its step stays open; what is sent to the run is kept,
   * and no wait of it ends. A run that is paused already is left as it is. Its children go on, unless `children` says
   * otherwise.
   *
   * @throws run_not_found, run_ended, inbox_full
   */
  async pauseRun(runId: string, options: PauseOptions = {}): Promise<RunState> {
    await pauseRun(this.#shell, runId, options);
    return this.getState(runId);
  }

  /**
   * Go on with a paused run: it reads what came meanwhile, in order, and then looks at the clock. A run that is not paused
   * is left as it is.
   *
   * @throws run_not_found, run_ended
   */
  async unpauseRun(runId: string, options: PauseOptions = {}): Promise<RunState> {
    await unpauseRun(this.#shell, runId, options);
    return this.getState(runId);
  }

  /**
   * Tell that something happened, by key, or by name and `scope`: to the runs of a session, of a workflow, to one run or to
   * all. Every run that waits for it goes on; if none does, it is kept.
   *
   * @example
   * await runtime.emitEvent("paid", { cents: 500 }, { scope: "session", sessionId, eventId: delivery.id });
   *
   * @throws invalid_argument, invalid_json_value, and with `runId` run_not_found, run_ended, inbox_full
   */
  async emitEvent(name: string, payload?: unknown, options: EmitOptions = {}): Promise<Published> {
    return emitEvent(this.#shell, name, payload, options);
  }

  /**
   * Remove ended runs for good, with their ledgers, inboxes and artifacts that nobody else claims. A family (a run and all
   * runs below it) goes as a whole; nothing goes that a living run may look for. Snapshots stay.
   *
   * @throws invalid_argument, invalid_instant
   */
  async purge(options: PurgeOptions): Promise<PurgeResult> {
    return purgeRuns(this.#shell, this.#beside.artifacts, options);
  }

  /**
   * A run and all runs below it as one file, in pieces: ledgers, states, unread messages, artifacts and snapshots, all of
   * one moment. It is in the clear: guard it.
   *
   * @example
   * await pipeline(runtime.exportRun(runId, { pause: true }), createWriteStream("run.jsonl"));
   *
   * @throws run_not_found; revision_conflict the runs never stood still: pause them; run_leased told to pause, and not yet
   *   paused; store_corrupt
   */
  exportRun(runId: string, options: ExportOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    return exportFrom(this.#shell, this.#beside, runId, options);
  }

  /**
   * Bring the runs of a bundle into this runtime's stores, with their ids: all in one write, after the whole bundle was
   * found right, or none. They are due when their states say. Imported again, it changes nothing.
   *
   * @throws bundle_invalid; run_exists another run has one of the ids; artifact_exists; value_too_large; invalid_argument
   */
  async importRun(
    source: AsyncIterable<Uint8Array | string>,
    options: ImportOptions = {},
  ): Promise<Imported> {
    return importInto(this.#shell, this.#beside, source, options);
  }

  get #beside(): Parameters<typeof importInto>[1] {
    const { store, artifacts = store.artifacts, snapshots = store.snapshots } = this.#options;
    return { artifacts, snapshots };
  }

  /**
   * Change fields of a run's `_limits`. A run that waits before a limit which is not used up any more goes on.
   *
   * @throws run_not_found, run_ended, invalid_argument
   */
  async updateLimits(
    runId: string,
    updates: LimitUpdates,
    options: LimitOptions = {},
  ): Promise<void> {
    await updateLimits(this.#shell, runId, updates, options);
  }

  /**
   * Stop: effects under way are interrupted, their steps stay open, runs are let go for others. Then close the store.
   * A node handler that hangs is waited for as long as a lease is; its run is free when the lease ran out. Closing twice
   * is fine.
   */
  async close(): Promise<void> {
    await this.#shell.drivers.close();
    this.#shell.kernel.leases.close();
    if (this.#options.closesStore !== false) await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
