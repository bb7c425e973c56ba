import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RecordRange } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import type { ControlOptions } from "../runtime/control-run.ts";
import type { PauseOptions } from "../runtime/pause-run.ts";
import type { Verdict } from "../runtime/settle-run.ts";
import type { WatchEvent, WatchOptions } from "../runtime/watch-run.ts";
import type { AnswerOptions, Client, ResultOptions } from "./client.ts";

/** One run, with the client's verbs bound to it. Holds nothing: any number of handles may name one run. */
// oxlint-disable-next-line typescript/no-explicit-any -- what comes out is the affair of a workflow that is elsewhere
export class ClientRun<Output = any> {
  readonly #client: Client;
  readonly runId: string;

  constructor(client: Client, runId: string) {
    this.#client = client;
    this.runId = runId;
  }

  /** The run as it is stored now. @throws run_not_found */
  async state(): Promise<RunState> {
    return this.#client.getState(this.runId);
  }

  /** The output, once the run has completed; see `Client.result`. */
  async result(options?: ResultOptions): Promise<Output> {
    return this.#client.result<Output>(this.runId, options);
  }

  /** Answer the run's wait; see `Client.resume`. */
  async resume(answer: unknown, options: AnswerOptions): Promise<RunState> {
    return this.#client.resume(this.runId, answer, options);
  }

  /** End a gate; see `Client.settle`. */
  async settle(waitId: string, verdict: Verdict, options?: ControlOptions): Promise<RunState> {
    return this.#client.settle(this.runId, waitId, verdict, options);
  }

  /** Cancel the run and its descendants; see `Client.cancelRun`. */
  async cancel(reason?: string, options?: ControlOptions): Promise<RunState> {
    return this.#client.cancelRun(this.runId, reason, options);
  }

  /** Keep the run from being driven; see `Client.pauseRun`. */
  async pause(options?: PauseOptions): Promise<RunState> {
    return this.#client.pauseRun(this.runId, options);
  }

  /** Let the run be driven again; see `Client.unpauseRun`. */
  async unpause(options?: PauseOptions): Promise<RunState> {
    return this.#client.unpauseRun(this.runId, options);
  }

  /** Records of the run's ledger, in order. */
  async ledger(range?: RecordRange): Promise<readonly LedgerRecord[]> {
    return this.#client.getLedger(this.runId, range);
  }

  /** Follow the run; see `Client.watch`. */
  watch(options?: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
    return this.#client.watch(this.runId, options);
  }
}
