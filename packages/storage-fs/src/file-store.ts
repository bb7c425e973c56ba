import {
  type Abortable,
  AbstractRuntimeError,
  type Change,
  type ChildPage,
  type Claimed,
  type ClaimRequest,
  type Committed,
  deepFreeze,
  type Delivery,
  type DurableStore,
  type InboxMessage,
  type KeptEvent,
  type LedgerRecord,
  type Message,
  type NewRun,
  type Page,
  type Published,
  type Purged,
  type PurgeRequest,
  type RecordRange,
  type RunQuery,
  silentLogger,
  type StoreCapabilities,
  type StoredRun,
  systemClock,
} from "@abstractruntime/core/store";
import { FileArtifactStore } from "./artifact/file-artifact-store.ts";
import { publishEvent, takeKeptEvents } from "./event/publish-event.ts";
import type { FileStoreOptions } from "./file-store-options.ts";
import { Folder } from "./folder/folder.ts";
import { readOnlyError } from "./folder/read-only.ts";
import { asUnavailable } from "./folder/unavailable.ts";
import { listChildren } from "./index/list-children.ts";
import { listRuns } from "./index/list-runs.ts";
import { readRecords, readRecordTexts } from "./ledger/read-records.ts";
import { FolderLock } from "./lock/folder-lock.ts";
import { closeRooms } from "./open/close-rooms.ts";
import { FreshIndex } from "./open/fresh-index.ts";
import { makeRooms, openRooms } from "./open/open-rooms.ts";
import { entryIn, loadPage, loadStored, type Rooms } from "./rooms.ts";
import { claimDue } from "./run/claim-due.ts";
import { commitChange } from "./run/commit-change.ts";
import { createRun } from "./run/create-run.ts";
import { deliverMessage } from "./run/deliver-message.ts";
import { giveBackRun, renewLeases } from "./run/leases.ts";
import { purgeRuns } from "./run/purge-runs.ts";
import { readInbox } from "./run/read-inbox.ts";
import { FileSnapshotStore } from "./snapshot/file-snapshot-store.ts";
import { damagedRuns, type Recovered, type StoreReport } from "./store-report.ts";

/**
 * Runs in a folder of readable files, in 0.2.0's layout: `run_<id>.json` is a run's checkpoint, `ledger_<id>.jsonl` its
 * records. What was acknowledged survives a power cut. One process writes a folder at a time; leases end with it.
 *
 * A run whose files can't be read fails alone: it is in no list, loading it throws `store_corrupt` with file and byte,
 * and `report()` names it. Run ids become file names: on a file system that ignores case, ids must differ in more.
 */
export class FileStore implements DurableStore {
  readonly capabilities: StoreCapabilities = {
    survives: "power_cut",
    writers: "one_process",
    reopens: true,
  };
  /** The folder, as it was given. */
  readonly dir: string;
  /** Artifacts and snapshots in the same folder, closed with it. */
  readonly artifacts: FileArtifactStore;
  readonly snapshots: FileSnapshotStore;
  readonly #rooms: Rooms;
  readonly #recovered: readonly Recovered[];
  readonly #lock: FolderLock | null;
  readonly #fresh: FreshIndex | null;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  private constructor(
    rooms: Rooms,
    parts: {
      readonly artifacts: FileArtifactStore;
      readonly snapshots: FileSnapshotStore;
      readonly recovered: readonly Recovered[];
      readonly lock: FolderLock | null;
    },
  ) {
    this.dir = rooms.folder.path;
    this.#rooms = rooms;
    this.artifacts = parts.artifacts;
    this.snapshots = parts.snapshots;
    this.#recovered = parts.recovered;
    this.#lock = parts.lock;
    this.#fresh = parts.lock === null ? new FreshIndex(rooms) : null;
  }

  /**
   * Open a folder, or make it; take its lock, and put right what a crash has left in it.
   *
   * @throws store_locked another process writes it, or may: the message says which, and what to do
   * @throws store_unavailable
   */
  static async open(dir: string, options: FileStoreOptions = {}): Promise<FileStore> {
    const { clock = systemClock, logger = silentLogger, readOnly = false } = options;
    const folder = new Folder(dir, options);
    const beside = { ...options, clock, logger, readOnly };
    let lock: FolderLock | null = null;
    try {
      if (!readOnly) await folder.make();
      if (!readOnly) lock = await FolderLock.take(folder, { clock });
      const artifacts = await FileArtifactStore.open(dir, beside);
      const snapshots = await FileSnapshotStore.open(dir, beside);
      const { rooms, recovered } = readOnly
        ? { rooms: makeRooms({ folder, clock, logger }, { readOnly }), recovered: [] }
        : await openRooms({ folder, clock, logger });
      return new FileStore(rooms, { artifacts, snapshots, recovered, lock });
    } catch (error) {
      await lock?.release();
      throw asUnavailable(error);
    }
  }

  /** Runs that can't be read, and what opening put right. */
  report(): StoreReport {
    return { damaged: damagedRuns(this.#rooms.index.damaged()), recovered: this.#recovered };
  }

  create(
    run: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    return this.#write(options, () => createRun(this.#rooms, run));
  }

  commit(change: Change, options?: Abortable): Promise<Committed> {
    return this.#write(options, () => commitChange(this.#rooms, change));
  }

  load(runId: string, options?: Abortable): Promise<StoredRun | undefined> {
    return this.#read(options, runId, async () => {
      const entry = entryIn(this.#rooms, runId);
      return entry && loadStored(this.#rooms, entry);
    });
  }

  list(query: RunQuery = {}, options?: Abortable): Promise<Page<StoredRun>> {
    return this.#read(options, null, async () =>
      loadPage(this.#rooms, listRuns(this.#rooms.index, query)),
    );
  }

  listChildren(
    parentRunId: string,
    page: ChildPage = {},
    options?: Abortable,
  ): Promise<Page<StoredRun>> {
    return this.#read(options, null, async () =>
      loadPage(this.#rooms, listChildren(this.#rooms.index, parentRunId, page)),
    );
  }

  records(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    return this.#read(options, runId, () => readRecords(this.#rooms, runId, range));
  }

  recordTexts(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly string[]> {
    return this.#read(options, runId, () => readRecordTexts(this.#rooms, runId, range));
  }

  claimDue(request: ClaimRequest, options?: Abortable): Promise<Claimed> {
    return this.#write(options, () => claimDue(this.#rooms, request));
  }

  onDue(listener: () => void): () => void {
    return this.#rooms.index.bell.add(listener);
  }

  renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#write(options, async () => renewLeases(this.#rooms, leases, leaseMs));
  }

  giveBack(
    back: {
      readonly runId: string;
      readonly leaseId: string;
      readonly inboxSeq: number;
      readonly wakeAt: string | null;
    },
    options?: Abortable,
  ): Promise<void> {
    return this.#write(options, () => giveBackRun(this.#rooms, { ...back }));
  }

  deliver(runId: string, message: Message, options?: Abortable): Promise<Delivery> {
    const copy = deepFreeze(structuredClone(message));
    return this.#write(options, () => deliverMessage(this.#rooms, runId, copy));
  }

  readInbox(
    runId: string,
    range: { readonly after?: number; readonly limit?: number } = {},
    options?: Abortable,
  ): Promise<readonly InboxMessage[]> {
    return this.#read(options, runId, () => readInbox(this.#rooms, runId, range));
  }

  publish(event: KeptEvent, options?: Abortable): Promise<Published> {
    const copy = deepFreeze(structuredClone(event));
    return this.#write(options, () => publishEvent(this.#rooms, copy));
  }

  takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number> {
    return this.#write(options, () => takeKeptEvents(this.#rooms, runId, [...keys]));
  }

  purge(request: PurgeRequest, options?: Abortable): Promise<Purged> {
    return this.#write(options, () => purgeRuns(this.#rooms, this.artifacts, { ...request }));
  }

  /** Wait for writes under way, bring every run file up to date, and let the folder go. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await Promise.all([this.artifacts.close(), this.snapshots.close()]);
    if (this.#lock === null) return;
    try {
      await closeRooms(this.#rooms);
    } finally {
      await this.#lock.release();
    }
  }

  async #read<Result>(
    options: Abortable | undefined,
    runId: string | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    return this.#do(options, async () => {
      if (this.#fresh !== null)
        await (runId === null ? this.#fresh.refreshAll() : this.#fresh.refresh(runId));
      return work();
    });
  }

  async #write<Result>(
    options: Abortable | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    return this.#do(options, () => {
      if (this.#lock !== null) return work();
      throw readOnlyError(this.#rooms.folder.path);
    });
  }

  async #do<Result>(options: Abortable | undefined, work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== null)
      throw new AbstractRuntimeError("store_closed", "this FileStore was closed: open it again");
    options?.signal?.throwIfAborted();
    const call = work();
    this.#underWay.add(call);
    try {
      return await call;
    } catch (error) {
      throw asUnavailable(error);
    } finally {
      this.#underWay.delete(call);
    }
  }
}
