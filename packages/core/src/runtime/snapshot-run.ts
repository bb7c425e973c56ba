import { isAbstractRuntimeError, AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Snapshot, SnapshotStore } from "../ports/snapshot-store.ts";
import { createSnapshot } from "../snapshot/create-snapshot.ts";
import { assertKnown } from "./assert-known.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import {
  assertCopyOptions,
  copyRun,
  findCopy,
  pointOf,
  type CopyOptions,
  type ForkPoint,
} from "./fork-run.ts";
import { stateAt } from "./state-at.ts";

/** What a bookmark of a run is called, and which moment it keeps. */
export interface SnapshotOptions {
  /** What people find it by; not empty. */
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  /** The last record that counts; the run's last by default. */
  readonly atSeq?: number | undefined;
  /** An id of the caller's own: the same call again replaces the snapshot instead of making another. */
  readonly snapshotId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const snapshotNames: readonly (keyof SnapshotOptions)[] = [
  "name",
  "description",
  "tags",
  "atSeq",
  "snapshotId",
  "signal",
];

/** Keep a run as it was after one of its records, under a name. @throws run_not_found, invalid_argument, invalid_id */
export async function snapshotRun(
  shell: Shell,
  snapshots: SnapshotStore,
  runId: string,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const { kernel, drivers } = shell;
  drivers.assertOpen();
  assertKnown(options, snapshotNames, "options");
  const { name, description = null, tags = [], snapshotId, signal } = options;
  signal?.throwIfAborted();
  const { run: present } = await loadRun(kernel, runId);
  const { atSeq = present.seq } = options;
  const run = atSeq === present.seq ? present : await stateAt(shell, runId, atSeq, { signal });
  const made = createSnapshot({
    run,
    name,
    description,
    tags,
    ...(snapshotId !== undefined && { snapshotId }),
    ids: kernel.ids,
    clock: kernel.clock,
  });
  // What a fork copied has its origin's name in it.
  return snapshots.save({ ...made, runId }, { signal });
}

/**
 * Make a run that goes on from a snapshot: a fork at that place of the run's ledger. Where the ledger is gone, or was
 * 0.2.0's, the state in the snapshot begins the new one.
 *
 * @returns the new run's id
 * @throws snapshot_not_found, and as `copyRun`
 */
export async function restoreRun(
  shell: Shell,
  stores: { readonly snapshots: SnapshotStore; readonly artifacts: ArtifactStore | undefined },
  snapshotId: string,
  options: CopyOptions,
): Promise<string> {
  assertCopyOptions(shell, options);
  const { signal } = options;
  const snapshot = await stores.snapshots.load(snapshotId, { signal });
  if (snapshot === undefined)
    throw new AbstractRuntimeError(
      "snapshot_not_found",
      `there is no snapshot ${snapshotId}: check the id; it may have been deleted`,
      { details: { snapshotId } },
    );
  const existing = await findCopy(shell, options);
  const point = await pointIn(shell, snapshot, options);
  return copyRun(shell, stores.artifacts, { point, existing }, options);
}

async function pointIn(
  shell: Shell,
  { runId, runState }: Snapshot,
  { signal }: CopyOptions,
): Promise<ForkPoint> {
  const { seq, revision, nonce } = runState;
  const alone: ForkPoint = {
    origin: { runId, seq },
    copies: false,
    moment: { run: runState, commitId: "", asked: null },
  };
  const stored = await shell.kernel.store.load(runId, { signal });
  if (stored === undefined || revision === 0 || seq > stored.run.seq) return alone;
  try {
    const point = await pointOf(shell, stored, seq, { signal });
    const { run } = point.moment;
    // Else the run of that id is another: the one of the snapshot was purged.
    return run.nonce === nonce && run.revision === revision ? point : alone;
  } catch (error) {
    if (isAbstractRuntimeError(error, "invalid_argument")) return alone;
    throw error;
  }
}
