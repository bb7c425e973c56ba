import { deepFreeze } from "../json/deep-freeze.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Snapshot } from "../ports/snapshot-store.ts";
import type { RunState } from "../run/run-state.ts";
import { diffRuns, type DiffArguments, type RunDiff } from "./diff-runs.ts";
import type { Shell } from "./drive-run.ts";
import { forkRun, type CopyOptions, type ForkOptions } from "./fork-run.ts";
import type { RunHandle } from "./run-handle.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { RuntimeReads } from "./runtime-reads.ts";
import { restoreRun, snapshotRun, type SnapshotOptions } from "./snapshot-run.ts";
import { stateAt } from "./state-at.ts";

/** The verbs of a runtime that look at the past of runs, and go on from it. Nothing is ever rewound in place. */
export abstract class RuntimeHistory extends RuntimeReads {
  readonly #shell: Shell;
  readonly #artifacts: ArtifactStore | undefined;

  constructor(options: RuntimeOptions, shell: Shell) {
    super(options, shell);
    this.#shell = shell;
    this.#artifacts = options.artifacts ?? options.store.artifacts;
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows which workflow it is
  abstract handle<Output = any>(runId: string): RunHandle<Output>;

  /**
   * A run as it was after one of its records, also one inside of a commit. The past is folded from the ledger, which is
   * read once, page by page. Of a fork, a record that it copied gives the origin as it was.
   *
   * @throws run_not_found, invalid_argument
   */
  async stateAt(runId: string, seq: number, options: Abortable = {}): Promise<RunState> {
    return deepFreeze(await stateAt(this.#shell, runId, seq, options));
  }

  /**
   * What changed between two records of a run, or between moments of two runs, such as a fork and its origin: their states,
   * and the records that lead to each from where they part.
   *
   * @throws run_not_found, invalid_argument
   */
  async diff(...given: DiffArguments): Promise<RunDiff> {
    return deepFreeze(await diffRuns(this.#shell, given));
  }

  /**
   * Begin a new run as a copy of another one at one of its records, and drive it until it waits or ends. Its ledger begins
   * with the origin's records, to the letter; its waits, steps and idempotency keys are its own, so that nothing of the
   * other life is reused or answered. The origin is not touched, and knows nothing of it; its inbox is not copied. Children
   * that it waits for begin anew. With an `id` that exists, that run is gone on with instead, if it is the same copy.
   *
   * @throws run_not_found, run_ended, run_exists, invalid_argument, invalid_id, invalid_json_value, schema_mismatch,
   *   workflow_not_registered, workflow_changed: nothing has changed then
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows which workflow it is
  async fork<Output = any>(runId: string, options: ForkOptions): Promise<RunHandle<Output>> {
    return this.handle<Output>(await forkRun(this.#shell, this.#artifacts, runId, options));
  }

  /**
   * Keep a run, as it was after one of its records, under a name. `snapshots.list` finds it, `restore` goes on from it.
   *
   * @throws run_not_found, invalid_argument, invalid_id
   */
  async snapshot(runId: string, options: SnapshotOptions): Promise<Snapshot> {
    return snapshotRun(this.#shell, this.snapshots, runId, options);
  }

  /**
   * Begin a new run where a snapshot was taken: a fork, with all that `fork` says. It works also when the snapshot's run is
   * gone, or 0.2.0 took it.
   *
   * @throws snapshot_not_found, and as `fork`
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- nobody here knows which workflow it is
  async restore<Output = any>(
    snapshotId: string,
    options: CopyOptions,
  ): Promise<RunHandle<Output>> {
    const stores = { snapshots: this.snapshots, artifacts: this.#artifacts };
    return this.handle<Output>(await restoreRun(this.#shell, stores, snapshotId, options));
  }
}
