import {
  type Abortable,
  AbstractRuntimeError,
  assertId,
  type Clock,
  copyJson,
  deepFreeze,
  encodeSnapshot,
  formatInstant,
  isAbstractRuntimeError,
  type Logger,
  type Page,
  pageNewestFirst,
  parseSnapshotText,
  silentLogger,
  type Snapshot,
  snapshotFilter,
  type SnapshotFacts,
  type SnapshotQuery,
  type SnapshotStore,
  systemClock,
} from "@abstractruntime/core/store";
import { corrupt, corruptBy } from "../folder/corrupt.ts";
import { idIn, snapshotFile } from "../folder/file-names.ts";
import { Folder, type FolderOptions } from "../folder/folder.ts";
import { readOnlyError } from "../folder/read-only.ts";
import { asUnavailable } from "../folder/unavailable.ts";
import { inParallel } from "../open/in-parallel.ts";
import { Turns } from "../run/turns.ts";

export interface FileSnapshotStoreOptions extends FolderOptions {
  /** `systemClock` by default. */
  readonly clock?: Pick<Clock, "now">;
  readonly logger?: Logger;
  /** Read beside a writer; writes throw `store_read_only`. */
  readonly readOnly?: boolean;
}

/** What is kept in memory of each snapshot once they were listed: what is searched and sorted by. */
type Listed = SnapshotFacts & Pick<Snapshot, "createdAt" | "snapshotId">;

/**
 * Snapshots as files, `snapshot_<id>.json`, in 0.2.0's layout. One process at a time writes them: that which has the
 * folder open as a `FileStore`. A file that can't be read is `store_corrupt` when it is loaded; `list` leaves it out and
 * logs it.
 */
export class FileSnapshotStore implements SnapshotStore {
  readonly #folder: Folder;
  readonly #clock: Pick<Clock, "now">;
  readonly #logger: Logger;
  readonly #readOnly: boolean;
  readonly #turns = new Turns();
  #listed: Promise<Map<string, Listed>> | null = null;
  #closed = false;

  private constructor(folder: Folder, options: FileSnapshotStoreOptions) {
    this.#folder = folder;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#readOnly = options.readOnly ?? false;
  }

  /** Open the snapshots in a folder, which is made when it is not there. */
  static async open(
    dir: string,
    options: FileSnapshotStoreOptions = {},
  ): Promise<FileSnapshotStore> {
    const folder = new Folder(dir, options);
    if (options.readOnly !== true) await folder.make();
    return new FileSnapshotStore(folder, options);
  }

  save(snapshot: Snapshot, options: Abortable = {}): Promise<Snapshot> {
    return this.#write(options, async () => {
      assertId(snapshot.snapshotId, "snapshot id");
      const updatedAt = formatInstant(this.#clock.now());
      // copyJson gives back the shape that it was given.
      const copy = copyJson({ ...snapshot, updatedAt }, "snapshot", {
        maxBytes: Infinity,
      }) as unknown as Snapshot;
      const text = JSON.stringify(encodeSnapshot(copy), null, 2);
      await this.#turns.in(copy.snapshotId, () =>
        this.#folder.replace(snapshotFile(copy.snapshotId), text, { renamed: "snapshot:renamed" }),
      );
      (await this.#listed)?.set(copy.snapshotId, listedOf(copy));
      return deepFreeze(copy);
    });
  }

  load(snapshotId: string, options: Abortable = {}): Promise<Snapshot | undefined> {
    return this.#do(options, () => this.#read(snapshotId));
  }

  delete(snapshotId: string, options: Abortable = {}): Promise<boolean> {
    return this.#write(options, async () => {
      if (!isFileName(snapshotId)) return false;
      return this.#turns.in(snapshotId, async () => {
        const removed = await this.#folder.remove(snapshotFile(snapshotId));
        if (removed) await this.#folder.sync();
        (await this.#listed)?.delete(snapshotId);
        return removed;
      });
    });
  }

  list(query: SnapshotQuery = {}, options: Abortable = {}): Promise<Page<Snapshot>> {
    return this.#do(options, async () => {
      if (this.#readOnly) this.#listed = null;
      this.#listed ??= this.#readAll();
      const found = [...(await this.#listed).values()].filter(snapshotFilter(query));
      const page = pageNewestFirst(
        found,
        ({ createdAt, snapshotId }) => ({ createdAt, id: snapshotId }),
        query,
      );
      const items = await Promise.all(
        page.items.map(({ snapshotId }) => this.#readOrSay(snapshotId)),
      );
      return { items: items.filter((item) => item !== undefined), nextCursor: page.nextCursor };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read(snapshotId: string): Promise<Snapshot | undefined> {
    if (!isFileName(snapshotId)) return undefined;
    const name = snapshotFile(snapshotId);
    const bytes = await this.#folder.read(name);
    if (bytes === undefined) return undefined;
    const snapshot = parse(bytes, this.#folder.file(name));
    if (snapshot.snapshotId === snapshotId) return deepFreeze(snapshot);
    throw corrupt(this.#folder.file(name), 0, `it holds snapshot ${snapshot.snapshotId}`);
  }

  async #readAll(): Promise<Map<string, Listed>> {
    const listed = new Map<string, Listed>();
    await inParallel(await this.#folder.names(), async (name) => {
      const snapshotId = idIn(name, "snapshot_", ".json");
      const snapshot = snapshotId === undefined ? undefined : await this.#readOrSay(snapshotId);
      if (snapshot !== undefined) listed.set(snapshot.snapshotId, listedOf(snapshot));
    });
    return listed;
  }

  async #readOrSay(snapshotId: string): Promise<Snapshot | undefined> {
    try {
      return await this.#read(snapshotId);
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
      this.#logger.error("store.snapshot_damaged", { snapshotId, message: error.message });
      return undefined;
    }
  }

  async #write<Result>(options: Abortable, work: () => Promise<Result>): Promise<Result> {
    return this.#do(options, () => {
      if (!this.#readOnly) return work();
      throw readOnlyError(this.#folder.path);
    });
  }

  async #do<Result>({ signal }: Abortable, work: () => Promise<Result>): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#closed)
      throw new AbstractRuntimeError("store_closed", "the snapshot store was closed: open another");
    try {
      return await work();
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

function listedOf(snapshot: Snapshot): Listed {
  const { snapshotId, runId, name, description, tags, createdAt } = snapshot;
  return { snapshotId, runId, name, description, tags, createdAt };
}

function parse(bytes: Buffer, file: string): Snapshot {
  try {
    return parseSnapshotText(new TextDecoder("utf-8", { fatal: true }).decode(bytes), file);
  } catch (error) {
    if (error instanceof TypeError) throw corrupt(file, 0, "it is not UTF-8", error);
    throw corruptBy(file, 0, error);
  }
}

/** Ids that are no file names name nothing. */
function isFileName(snapshotId: string): boolean {
  try {
    assertId(snapshotId, "snapshot id");
    return true;
  } catch {
    return false;
  }
}
