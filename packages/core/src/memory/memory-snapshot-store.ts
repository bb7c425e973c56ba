import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Clock } from "../ports/clock.ts";
import type { Page } from "../ports/durable-store.ts";
import type { Snapshot, SnapshotQuery, SnapshotStore } from "../ports/snapshot-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import { assertId } from "../run/run-id.ts";
import { snapshotFilter } from "../snapshot/snapshot-filter.ts";
import { pageNewestFirst } from "../store/newest-first.ts";
import { formatInstant } from "../time/instant.ts";

export interface MemorySnapshotStoreOptions {
  /** `systemClock` by default. */
  readonly clock?: Clock;
}

/** Snapshots in memory, for tests and small programs. Gone with the process. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #clock: Clock;
  #closed = false;

  constructor({ clock = systemClock }: MemorySnapshotStoreOptions = {}) {
    this.#clock = clock;
  }

  async save(snapshot: Snapshot, options: Abortable = {}): Promise<Snapshot> {
    this.#enter(options);
    assertId(snapshot.snapshotId, "snapshot id");
    const updatedAt = formatInstant(this.#clock.now());
    // copyJson gives back the shape that it was given.
    const copy = copyJson({ ...snapshot, updatedAt }, "snapshot", {
      maxBytes: Infinity,
    }) as unknown as Snapshot;
    this.#snapshots.set(copy.snapshotId, deepFreeze(copy));
    return copy;
  }

  async load(snapshotId: string, options: Abortable = {}): Promise<Snapshot | undefined> {
    this.#enter(options);
    return this.#snapshots.get(snapshotId);
  }

  async delete(snapshotId: string, options: Abortable = {}): Promise<boolean> {
    this.#enter(options);
    return this.#snapshots.delete(snapshotId);
  }

  async list(query: SnapshotQuery = {}, options: Abortable = {}): Promise<Page<Snapshot>> {
    this.#enter(options);
    const found = [...this.#snapshots.values()].filter(snapshotFilter(query));
    return pageNewestFirst(
      found,
      ({ createdAt, snapshotId }) => ({ createdAt, id: snapshotId }),
      query,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enter({ signal }: Abortable): void {
    signal?.throwIfAborted();
    if (this.#closed)
      throw new AbstractRuntimeError("store_closed", "the snapshot store was closed: open another");
  }
}
