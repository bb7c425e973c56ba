import type { RunState } from "../run/run-state.ts";
import type { Abortable } from "./abortable.ts";
import type { Page } from "./durable-store.ts";

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

/** All given filters must hold; an empty text is no filter. */
export interface SnapshotQuery {
  readonly runId?: string;
  /** A whole tag, in any case. */
  readonly tag?: string;
  /** Part of the name or description, in any case. */
  readonly text?: string;
  /** Page size, 1 to 1,000; 100 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before, with the same filters. */
  readonly cursor?: string;
}

/** Home of snapshots. What a store returns is immutable, and what it was given it has copied. */
export interface SnapshotStore extends AsyncDisposable {
  /**
   * Keep a snapshot; one with the same id is replaced.
   *
   * @returns it as stored, its `updatedAt` the store's now.
   * @throws invalid_id
   * @throws invalid_json_value with the path of what is not JSON
   */
  save(snapshot: Snapshot, options?: Abortable): Promise<Snapshot>;

  /** The snapshot, or `undefined`. @throws store_corrupt it is there and can't be read. */
  load(snapshotId: string, options?: Abortable): Promise<Snapshot | undefined>;

  /** @returns whether there was one. */
  delete(snapshotId: string, options?: Abortable): Promise<boolean>;

  /**
   * Snapshots by filter, latest `createdAt` first, ties by id. The limit counts what passes.
   *
   * @throws invalid_argument a limit or cursor that is none
   */
  list(query?: SnapshotQuery, options?: Abortable): Promise<Page<Snapshot>>;

  close(): Promise<void>;
}
