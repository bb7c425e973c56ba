import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { RecordRange } from "../ports/durable-store.ts";
import type { Snapshot } from "../ports/snapshot-store.ts";
import type { RunState } from "../run/run-state.ts";
import type { ControlOptions } from "./control-run.ts";
import type { RunDiff } from "./diff-runs.ts";
import type { ForkOptions } from "./fork-run.ts";
import type { PauseOptions } from "./pause-run.ts";
import type { ResumeOptions } from "./resume-run.ts";
import type { Runtime } from "./runtime.ts";
import type { SnapshotOptions } from "./snapshot-run.ts";
import type { Verdict } from "./settle-run.ts";
import type { WatchEvent, WatchOptions } from "./watch-run.ts";

/** One run, with the runtime's verbs bound to it. Holds nothing: any number of handles may name one run. */
// oxlint-disable-next-line typescript/no-explicit-any -- without an output schema, the output is the user's own affair
export class RunHandle<Output = any> {
  readonly #runtime: Runtime;
  readonly runId: string;

  constructor(runtime: Runtime, runId: string) {
    this.#runtime = runtime;
    this.runId = runId;
  }

  /** The run as it is stored now. @throws run_not_found */
  async state(): Promise<RunState> {
    return this.#runtime.getState(this.runId);
  }

  /** The output, once the run has completed; see `Runtime.result`. */
  async result(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Output> {
    return this.#runtime.result(this.runId, options);
  }

  /** Answer the run's wait; see `Runtime.resume`. */
  async resume(answer: unknown, options: ResumeOptions): Promise<RunState> {
    return this.#runtime.resume(this.runId, answer, options);
  }

  /** End a gate; see `Runtime.settle`. */
  async settle(waitId: string, verdict: Verdict, options?: ControlOptions): Promise<RunState> {
    return this.#runtime.settle(this.runId, waitId, verdict, options);
  }

  /** Drive the run some steps; see `Runtime.tick`. */
  async tick(options?: {
    readonly maxSteps?: number;
    readonly signal?: AbortSignal;
  }): Promise<RunState> {
    return this.#runtime.tick(this.runId, options);
  }

  /** Drive the run to its end, sleeping through timers and backoff; see `Runtime.run`. */
  async run(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<RunState> {
    return this.#runtime.run(this.runId, options);
  }

  /** Cancel the run and its descendants; see `Runtime.cancelRun`. */
  async cancel(reason?: string, options?: ControlOptions): Promise<RunState> {
    return this.#runtime.cancelRun(this.runId, reason, options);
  }

  /** Keep the run from being driven; see `Runtime.pauseRun`. */
  async pause(options?: PauseOptions): Promise<RunState> {
    return this.#runtime.pauseRun(this.runId, options);
  }

  /** Go on with the run; see `Runtime.unpauseRun`. */
  async unpause(options?: PauseOptions): Promise<RunState> {
    return this.#runtime.unpauseRun(this.runId, options);
  }

  /** The run as it was after one of its records; see `Runtime.stateAt`. */
  async stateAt(seq: number, options?: Abortable): Promise<RunState> {
    return this.#runtime.stateAt(this.runId, seq, options);
  }

  /** What changed between two of its records; see `Runtime.diff`. */
  async diff(from: number, to: number, options: Abortable = {}): Promise<RunDiff> {
    return this.#runtime.diff(this.runId, from, to, options);
  }

  /** Begin a copy of the run at one of its records; see `Runtime.fork`. */
  async fork(options: ForkOptions): Promise<RunHandle<Output>> {
    return this.#runtime.fork<Output>(this.runId, options);
  }

  /** Keep the run under a name; see `Runtime.snapshot`. */
  async snapshot(options: SnapshotOptions): Promise<Snapshot> {
    return this.#runtime.snapshot(this.runId, options);
  }

  /** Records of the run's ledger, in order. */
  async ledger(range?: RecordRange): Promise<readonly LedgerRecord[]> {
    return this.#runtime.getLedger(this.runId, range);
  }

  /** Follow the run, live; see `Runtime.watch`. */
  watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, void> {
    return this.#runtime.watch(this.runId, options);
  }
}
