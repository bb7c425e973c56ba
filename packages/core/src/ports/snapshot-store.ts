import type { RunState } from "../run/run-state.ts";
import type { Abortable } from "./abortable.ts";

/** A named, tagged, searchable bookmark of a run at a revision. */
export interface Snapshot {
  readonly snapshotId: string;
  readonly runId: string;
  readonly stepId: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly runState: RunState;
}

export interface SnapshotQuery {
  readonly runId?: string;
  /** A whole tag, in any case. */
  readonly tag?: string;
  /** Part of the name or description, in any case. */
  readonly text?: string;
  /** 100 by default. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Home of snapshots. Saving under an id that exists replaces it. */
export interface SnapshotStore extends AsyncDisposable {
  /** @throws invalid_id */
  save(snapshot: Snapshot, options?: Abortable): Promise<void>;
  load(snapshotId: string, options?: Abortable): Promise<Snapshot | undefined>;
  /** @returns whether there was one. */
  delete(snapshotId: string, options?: Abortable): Promise<boolean>;
  /** Latest `createdAt` first, ties by id. */
  list(
    query?: SnapshotQuery,
    options?: Abortable,
  ): Promise<{ readonly items: readonly Snapshot[]; readonly nextCursor: string | null }>;
  close(): Promise<void>;
}
