import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { checkLimits, type LimitWarning } from "../limits/check-limits.ts";
import { getLimitStatus, type LimitStatus } from "../limits/limit-status.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { DurableStore, Page, RecordRange, RunQuery } from "../ports/durable-store.ts";
import type { SnapshotStore } from "../ports/snapshot-store.ts";
import type { RunState } from "../run/run-state.ts";
import type { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { eachRun, listRuns } from "./list-runs.ts";
import { runResult } from "./run-result.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { watchRun, type WatchEvent, type WatchOptions } from "./watch-run.ts";

/** What can be asked of a runtime without changing anything. */
export class RuntimeReads {
  readonly #options: RuntimeOptions;
  readonly #shell: Shell;

  constructor(options: RuntimeOptions, shell: Shell) {
    this.#options = options;
    this.#shell = shell;
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

  /** @throws run_not_found */
  async getState(runId: string): Promise<RunState> {
    return deepFreeze((await loadRun(this.#shell.kernel, runId)).run);
  }

  /**
   * A page of runs by filter, latest change first.
   *
   * @throws invalid_argument a filter, limit or cursor that is none; invalid_instant
   */
  async listRuns(query: RunQuery = {}, options: Abortable = {}): Promise<Page<RunState>> {
    return listRuns(this.store, query, options);
  }

  /**
   * All runs by filter, latest change first; `limit` is the size of the pages that are read. A run that changes meanwhile
   * may be missed or met twice.
   *
   * @throws invalid_argument, invalid_instant
   */
  runs(query: RunQuery = {}, options: Abortable = {}): AsyncGenerator<RunState, void, void> {
    return eachRun(this.store, query, options);
  }

  /** A run's records in order; a page of them with `after` and `limit`. None for an unknown run. */
  async getLedger(runId: string, range: RecordRange = {}): Promise<readonly LedgerRecord[]> {
    return this.store.records(runId, range);
  }

  /** Follow a run's records from any point on, live, until it has ended. */
  watch(runId: string, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, void> {
    return watchRun(this.#shell, runId, options);
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

  /** How much of its `_limits` a run has used. @throws run_not_found */
  async getLimitStatus(runId: string): Promise<LimitStatus> {
    return getLimitStatus((await this.getState(runId)).vars);
  }

  /** The limits that a run has nearly or wholly used up. @throws run_not_found */
  async checkLimits(runId: string): Promise<readonly LimitWarning[]> {
    return checkLimits((await this.getState(runId)).vars);
  }
}

function given<T>(store: T | undefined, name: string): T {
  if (store !== undefined) return store;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `this runtime has no ${name}: pass a store in new Runtime({ ${name} })`,
  );
}
