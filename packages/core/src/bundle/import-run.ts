import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { Ids } from "../ports/ids.ts";
import { randomIds } from "../ports/random-ids.ts";
import type { Snapshot, SnapshotStore } from "../ports/snapshot-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import { BundleReader } from "./bundle-reader.ts";
import { createImported } from "./create-imported.ts";
import { readBundle } from "./read-bundle.ts";

/** Where imported runs go. */
export interface BundleTarget {
  readonly store: DurableStore;
  /** Needed for a bundle that holds artifacts; of a store that offloads, the one that it offloads to. */
  readonly artifacts?: ArtifactStore | undefined;
  /** Needed for a bundle that holds snapshots. */
  readonly snapshots?: SnapshotStore | undefined;
  /** `systemClock` by default. */
  readonly clock?: Clock | undefined;
  /** `randomIds` by default. */
  readonly ids?: Ids | undefined;
}

export interface ImportOptions extends Abortable {
  /** Whether the runs are paused when they appear, so that nobody drives them; false by default. */
  readonly paused?: boolean | undefined;
  /** Who imports, for the record that says that a run was paused. */
  readonly by?: string | undefined;
  /** Most bytes of ledgers, states, messages and snapshots; 256 MiB by default. They are held in memory until the end was read. */
  readonly maxBytes?: number | undefined;
}

/** What an import did. */
export interface Imported {
  /** The run at the top. */
  readonly runId: string;
  /** All runs of the bundle, parents before their children. */
  readonly runIds: readonly string[];
  /** False when they were there already, as in the bundle or further. */
  readonly created: boolean;
  /** Artifacts in the bundle. */
  readonly artifacts: number;
  /** Snapshots that were not there before. */
  readonly snapshots: number;
}

const defaultMaxBytes = 256 * 1024 * 1024;

/**
 * Bring the runs of a bundle into a store, with their ids, ledgers, unread messages, artifacts and snapshots: all of them
 * in one write, after the whole bundle was read and found right, or none. Imported again, it changes nothing.
 *
 * A run goes on where it was, and is due when its state says; an effect that was under way is treated as after a crash.
 * If the original goes on too, what both do is done twice: stop it first.
 *
 * Of a bundle that is refused, artifacts may stay that came before its fault. They are stored under what they are, with
 * the claims of the runs' ids, and are met again when the right bundle comes. A crash after the runs are there may leave
 * snapshots out; the same import again brings them.
 *
 * @throws bundle_invalid; run_exists another run has one of the ids; artifact_exists; value_too_large; invalid_argument;
 *   store_unavailable the runs may be there: import again
 */
export async function importRun(
  target: BundleTarget,
  source: AsyncIterable<Uint8Array | string>,
  options: ImportOptions = {},
): Promise<Imported> {
  const { maxBytes = defaultMaxBytes, ...how } = options;
  if (!(Number.isFinite(maxBytes) && maxBytes > 0))
    throw invalid("maxBytes: give a number of bytes");
  if (typeof source?.[Symbol.asyncIterator] !== "function")
    throw invalid("source: give a stream of bytes, such as createReadStream(file)");
  const reader = new BundleReader(source, maxBytes);
  try {
    const { runs, snapshots, counts, isThere } = await readBundle(target, reader, how);
    const { clock = systemClock, ids = randomIds } = target;
    const created = !isThere && (await createImported(target.store, runs, { clock, ids, ...how }));
    const runIds = runs.map(({ run }) => run.runId);
    return {
      runId: runIds[0] ?? "",
      runIds,
      created,
      artifacts: counts.artifacts,
      snapshots: await saveNew(target.snapshots, snapshots, how),
    };
  } finally {
    await reader.close();
  }
}

/** One whose id is there already is left as it is: somebody may have renamed it since. */
async function saveNew(
  store: SnapshotStore | undefined,
  snapshots: readonly Snapshot[],
  options: Abortable,
): Promise<number> {
  let saved = 0;
  for (const snapshot of snapshots) {
    if (store === undefined || (await store.load(snapshot.snapshotId, options)) !== undefined)
      continue;
    await store.save(snapshot, options);
    saved += 1;
  }
  return saved;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
