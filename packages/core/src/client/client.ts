import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { LimitUpdates } from "../limits/update-limits.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  DurableStore,
  Page,
  Published,
  RecordRange,
  RunQuery,
} from "../ports/durable-store.ts";
import type { Ids } from "../ports/ids.ts";
import type { Logger } from "../ports/logger.ts";
import type { RunState } from "../run/run-state.ts";
import { assertKnown } from "../runtime/assert-known.ts";
import { cancelRun, updateLimits, type ControlOptions } from "../runtime/control-run.ts";
import type { Shell } from "../runtime/drive-run.ts";
import { emitEvent, type EventOptions } from "../runtime/emit-event.ts";
import { makeShell } from "../runtime/make-shell.ts";
import { pauseRun, unpauseRun, type PauseOptions } from "../runtime/pause-run.ts";
import { resumeRun, type ResumeOptions } from "../runtime/resume-run.ts";
import { assertOptions } from "../runtime/runtime-options.ts";
import { RuntimeReads } from "../runtime/runtime-reads.ts";
import { settleRun, type Verdict } from "../runtime/settle-run.ts";
import type { WatchEvent, WatchOptions } from "../runtime/watch-run.ts";
import { ClientRun } from "./client-run.ts";
import { resultWithin } from "./result-within.ts";
import { startById, type ClientStartOptions } from "./start-by-id.ts";

export interface ClientOptions {
  /** Where the runs live: the store that their drivers have, too. `close` closes it, unless `closesStore` is false. */
  readonly store: DurableStore;
  readonly clock?: Clock | undefined;
  readonly ids?: Ids | undefined;
  /** Silent by default. */
  readonly logger?: Logger | undefined;
  /** Whether `close` closes the store; true by default. */
  readonly closesStore?: boolean | undefined;
}

/** As in `Runtime.resume`; a client never drives. */
export type AnswerOptions = Omit<ResumeOptions, "drive" | "maxSteps">;

export interface ResultOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the end, in milliseconds; for ever by default. */
  readonly timeoutMs?: number | undefined;
}

const names = ["store", "clock", "ids", "logger", "closesStore"];

/**
 * Starts, answers, asks about and cancels runs whose workflows are elsewhere, and drives none of them. What it sends is
 * stored when a call returns; somebody else's scheduler, or `Runtime.run`, goes on with it.
 *
 * @example
 * const client = createClient({ store });
 * const run = await client.start<{ receipt: string }>("order", { input: { cents: 500 }, id: "order-7" });
 * const { receipt } = await run.result({ timeoutMs: 60_000 });
 *
 * @throws invalid_argument
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** Made by `createClient`. */
export class Client implements AsyncDisposable {
  readonly #shell: Shell;
  readonly #reads: RuntimeReads;
  readonly #closesStore: boolean;

  constructor(options: ClientOptions) {
    assertKnown(options, names, "options");
    const { store, clock, ids, logger, closesStore = true } = options;
    const given = {
      store,
      ...(clock !== undefined && { clock }),
      ...(ids !== undefined && { ids }),
      ...(logger !== undefined && { logger }),
    };
    assertOptions(given);
    this.#shell = makeShell(given);
    this.#reads = new RuntimeReads(given, this.#shell);
    this.#closesStore = closesStore;
  }

  /**
   * Start a run of a workflow by its id. The first driver that has the workflow finds the entry, and checks the input: where
   * it is none, the run fails with `schema_mismatch`. With an `id` that exists, that run is meant, if it was started alike.
   *
   * @throws invalid_argument, invalid_id, invalid_json_value, value_too_large, run_exists
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows the workflow
  async start<Output = any>(
    workflowId: string,
    options: ClientStartOptions = {},
  ): Promise<ClientRun<Output>> {
    this.#shell.drivers.assertOpen();
    return this.handle<Output>(await startById(this.#shell.kernel, workflowId, options));
  }

  /** A handle for a run that exists, or may. */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows the workflow
  handle<Output = any>(runId: string): ClientRun<Output> {
    return new ClientRun<Output>(this, runId);
  }

  /** The run as it is stored now. @throws run_not_found */
  async getState(runId: string): Promise<RunState> {
    return this.#reads.getState(runId);
  }

  /** A page of runs by filter, latest change first. @throws invalid_argument, invalid_instant */
  async listRuns(query?: RunQuery, options?: Abortable): Promise<Page<RunState>> {
    return this.#reads.listRuns(query, options);
  }

  /** All runs by filter, page by page; see `Runtime.runs`. @throws invalid_argument, invalid_instant */
  runs(query?: RunQuery, options?: Abortable): AsyncGenerator<RunState, void, void> {
    return this.#reads.runs(query, options);
  }

  /** A run's records in order. None for an unknown run. */
  async getLedger(runId: string, range?: RecordRange): Promise<readonly LedgerRecord[]> {
    return this.#reads.getLedger(runId, range);
  }

  /** Follow a run's records from any point on, until it has ended, by looking at the store once a second. */
  watch(runId: string, options?: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
    return this.#reads.watch(runId, options);
  }

  /**
   * The output of a run, once it has completed, by looking at the store once a second. Giving up changes nothing in the run.
   *
   * @throws run_failed, run_cancelled, run_not_found, result_timeout, the signal's reason
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows the workflow
  async result<Output = any>(runId: string, options: ResultOptions = {}): Promise<Output> {
    return deepFreeze(await resultWithin(this.#shell, runId, options)) as Output;
  }

  /**
   * Answer a run's wait, by `waitId` or `waitKey`. Whether the node's schema in `answers` takes the answer is known to the
   * driver alone, who refuses it then and keeps the wait open.
   *
   * @throws run_not_found, run_not_waiting, wait_id_mismatch, wait_key_mismatch, invalid_answer, invalid_json_value
   */
  async resume(runId: string, answer: unknown, options: AnswerOptions): Promise<RunState> {
    await resumeRun(this.#shell, runId, answer, { ...options, drive: false });
    return this.getState(runId);
  }

  /** End a gate; see `Runtime.settle`. */
  async settle(
    runId: string,
    waitId: string,
    verdict: Verdict,
    options: ControlOptions = {},
  ): Promise<RunState> {
    await settleRun(this.#shell, runId, waitId, verdict, { ...options, drive: false });
    return this.getState(runId);
  }

  /**
   * Tell that something happened, by key, or by name and `scope`; see `Runtime.emitEvent`.
   *
   * @throws invalid_argument, invalid_json_value, and with `runId` run_not_found, run_ended, inbox_full
   */
  async emitEvent(name: string, payload?: unknown, options: EventOptions = {}): Promise<Published> {
    return emitEvent(this.#shell, name, payload, { ...options, drive: false });
  }

  /** Cancel a run and its descendants, whoever drives them; see `Runtime.cancelRun`. @throws run_not_found */
  async cancelRun(
    runId: string,
    reason = "Cancelled",
    options: ControlOptions = {},
  ): Promise<RunState> {
    return deepFreeze(await cancelRun(this.#shell, runId, reason, options));
  }

  /** Let nobody drive a run; see `Runtime.pauseRun`. @throws run_not_found, run_ended, inbox_full */
  async pauseRun(runId: string, options: PauseOptions = {}): Promise<RunState> {
    await pauseRun(this.#shell, runId, options);
    return this.getState(runId);
  }

  /** Let a paused run be driven again; see `Runtime.unpauseRun`. @throws run_not_found, run_ended */
  async unpauseRun(runId: string, options: PauseOptions = {}): Promise<RunState> {
    await unpauseRun(this.#shell, runId, options);
    return this.getState(runId);
  }

  /** Change fields of a run's `_limits`; see `Runtime.updateLimits`. @throws run_not_found, run_ended, invalid_argument */
  async updateLimits(
    runId: string,
    updates: LimitUpdates,
    options: ControlOptions = {},
  ): Promise<void> {
    await updateLimits(this.#shell, runId, updates, { ...options, drive: false });
  }

  /** Let go of what is under way, and close the store. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#shell.drivers.close();
    this.#shell.kernel.leases.close();
    if (this.#closesStore) await this.#shell.kernel.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
