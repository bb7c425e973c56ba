import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Kernel } from "../drive/kernel.ts";
import { LeaseKeeper } from "../drive/lease-keeper.ts";
import { RunEvents } from "../drive/run-events.ts";
import { EffectRegistry } from "../effect/effect-registry.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { checkLimits, type LimitWarning } from "../limits/check-limits.ts";
import { getLimitStatus, type LimitStatus } from "../limits/limit-status.ts";
import { limitsFromConfig } from "../limits/limits.ts";
import type { LimitUpdates } from "../limits/update-limits.ts";
import { DefaultEffectPolicy } from "../policy/effect-policy.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type {
  DurableStore,
  Page,
  Published,
  RecordRange,
  RunQuery,
} from "../ports/durable-store.ts";
import { randomIds } from "../ports/random-ids.ts";
import { silentLogger } from "../ports/silent-logger.ts";
import type { SnapshotStore } from "../ports/snapshot-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import type { RunState } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import { cancelRun, pauseRun, updateLimits, type ControlOptions } from "./control-run.ts";
import { attend, driveFamily, loadRun, type Shell } from "./drive-run.ts";
import { Drivers } from "./drivers.ts";
import { emitEvent, type EmitOptions } from "./emit-event.ts";
import { maxStepsOf } from "./max-steps.ts";
import { resumeRun, type ResumeOptions } from "./resume-run.ts";
import { RunHandle } from "./run-handle.ts";
import { runResult } from "./run-result.ts";
import { runToEnd } from "./run-to-end.ts";
import { assertOptions, type RuntimeOptions } from "./runtime-options.ts";
import { settleRun, type Verdict } from "./settle-run.ts";
import { startRun, type StartOptions } from "./start-run.ts";
import { watchRun, type WatchEvent, type WatchOptions } from "./watch-run.ts";

/** 0.2.0's step budget of one tick. */
const TICK_STEPS = 100;

/**
 * Starts, drives, answers and cancels runs over one store. Any number of runtimes, in any number of processes, may share
 * a store: each run is driven by one of them at a time.
 */
export class Runtime implements AsyncDisposable {
  readonly #options: RuntimeOptions;
  readonly #shell: Shell;

  /** @throws invalid_argument, duplicate_workflow, duplicate_effect */
  constructor(options: RuntimeOptions) {
    assertOptions(options);
    this.#options = options;
    const {
      store,
      clock = systemClock,
      ids = randomIds,
      logger = silentLogger,
      leaseMs = 30_000,
    } = options;
    const drivers = new Drivers({ clock, logger, leaseMs });
    const kernel: Kernel = {
      store,
      clock,
      ids,
      logger,
      leaseMs,
      workflows: new WorkflowRegistry(options.workflows),
      effects: new EffectRegistry(options.effects),
      policy: options.policy ?? new DefaultEffectPolicy(),
      context: options.context,
      owner: options.owner ?? ids.token(),
      maxDepth: options.maxDepth ?? 100,
      limits: limitsFromConfig(options.limits),
      leases: new LeaseKeeper({ store, clock, logger, leaseMs }),
      events: new RunEvents(),
      attend: (runId) => attend(this.#shell, runId),
      inBackground: (what, work) => drivers.inBackground(what, work),
    };
    this.#shell = { kernel, drivers };
  }

  get store(): DurableStore {
    return this.#shell.kernel.store;
  }

  /** The workflows that this runtime may drive. */
  get workflows(): WorkflowRegistry {
    return this.#shell.kernel.workflows;
  }

  /** @throws invalid_argument neither the options nor the store have one */
  get artifacts(): ArtifactStore {
    return given(this.#options.artifacts ?? this.#options.store.artifacts, "artifacts");
  }

  /** @throws invalid_argument neither the options nor the store have one */
  get snapshots(): SnapshotStore {
    return given(this.#options.snapshots ?? this.#options.store.snapshots, "snapshots");
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
   * End a gate: say whether an effect of unknown outcome happened, or let a stuck run try again or fail.
   *
   * @throws run_not_found, run_not_waiting, wait_id_mismatch, invalid_argument
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

  /** Nobody drives a paused run; what is sent to it is kept. @throws run_not_found, run_ended */
  async pauseRun(runId: string, options: ControlOptions = {}): Promise<RunState> {
    await pauseRun(this.#shell, runId, "pause", options);
    return this.getState(runId);
  }

  /** Go on with a paused run. @throws run_not_found, run_ended */
  async unpauseRun(runId: string, options: ControlOptions = {}): Promise<RunState> {
    await pauseRun(this.#shell, runId, "unpause", options);
    return this.getState(runId);
  }

  /**
   * Tell that something happened under a key. Every run that waits for it goes on; if none does, it is kept.
   *
   * @throws invalid_argument, invalid_json_value, and with `runId` run_not_found, run_ended, inbox_full
   */
  async emitEvent(key: string, payload?: unknown, options: EmitOptions = {}): Promise<Published> {
    return emitEvent(this.#shell, key, payload, options);
  }

  /**
   * The output of a run, once it has completed. Waits for that, but drives nothing.
   *
   * @throws run_failed, run_cancelled, run_not_found
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows which workflow it is
  async result<Output = any>(
    runId: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Output> {
    return deepFreeze(await runResult(this.#shell, runId, options)) as Output;
  }

  /** @throws run_not_found */
  async getState(runId: string): Promise<RunState> {
    return deepFreeze((await loadRun(this.#shell.kernel, runId)).run);
  }

  /** Runs by filter, latest change first. */
  async listRuns(query: RunQuery = {}): Promise<Page<RunState>> {
    const { items, nextCursor } = await this.store.list(query);
    return { items: items.map(({ run }) => deepFreeze(run)), nextCursor };
  }

  /** A run's records in order; a page of them with `after` and `limit`. None for an unknown run. */
  async getLedger(runId: string, range: RecordRange = {}): Promise<readonly LedgerRecord[]> {
    return this.store.records(runId, range);
  }

  /** Follow a run's records from any point on, live, until it has ended. */
  watch(runId: string, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, void> {
    return watchRun(this.#shell, runId, options);
  }

  /** How much of its `_limits` a run has used. @throws run_not_found */
  async getLimitStatus(runId: string): Promise<LimitStatus> {
    return getLimitStatus((await this.getState(runId)).vars);
  }

  /** The limits that a run has nearly or wholly used up. @throws run_not_found */
  async checkLimits(runId: string): Promise<readonly LimitWarning[]> {
    return checkLimits((await this.getState(runId)).vars);
  }

  /** Change fields of a run's `_limits`. @throws run_not_found, run_ended, invalid_argument */
  async updateLimits(
    runId: string,
    updates: LimitUpdates,
    options: ControlOptions = {},
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

function given<T>(store: T | undefined, name: string): T {
  if (store !== undefined) return store;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `this runtime has no ${name}: pass a store in new Runtime({ ${name} })`,
  );
}
