import {
  type Abortable,
  AbstractRuntimeError,
  addClaim,
  type ArtifactClaim,
  type ArtifactContent,
  artifactIdOfHash,
  type ArtifactMetadata,
  type ArtifactQuery,
  type ArtifactStore,
  type ArtifactStoreOptions,
  claimMetadata,
  claimOf,
  type Clock,
  findClaim,
  formatInstant,
  type Logger,
  type NewArtifact,
  type Page,
  pageNewestFirst,
  parseInstant,
  silentLogger,
  systemClock,
} from "@abstractruntime/core/store";
import { Folder, type FolderOptions } from "../folder/folder.ts";
import { readOnlyError } from "../folder/read-only.ts";
import { asUnavailable } from "../folder/unavailable.ts";
import { Turns } from "../run/turns.ts";
import { type ArtifactRow, oldestClaim } from "./artifact-file.ts";
import { ArtifactRows } from "./artifact-rows.ts";
import { readContent } from "./read-content.ts";
import { writeContent, type WrittenContent } from "./write-content.ts";

export interface FileArtifactStoreOptions extends ArtifactStoreOptions, FolderOptions {
  /** `systemClock` by default. */
  readonly clock?: Pick<Clock, "now">;
  readonly logger?: Logger;
  /** Read beside a writer; writes throw `store_read_only`. */
  readonly readOnly?: boolean;
}

/**
 * Artifacts as files, in 0.2.0's layout: `artifacts/<id>.bin` is the content, `artifacts/<id>.meta` what is known of it.
 * One process at a time writes them: that which has the folder open as a `FileStore`.
 *
 * Metadata that can't be read is `store_corrupt`, naming the file; `list` leaves that artifact out and logs it.
 */
export class FileArtifactStore implements ArtifactStore {
  readonly #folder: Folder;
  readonly #rows: ArtifactRows;
  readonly #clock: Pick<Clock, "now">;
  readonly #graceMs: number;
  readonly #readOnly: boolean;
  readonly #turns = new Turns();
  #closed = false;

  private constructor(folder: Folder, options: FileArtifactStoreOptions) {
    const { clock = systemClock, graceMs = 0, readOnly = false, logger = silentLogger } = options;
    this.#folder = folder;
    this.#rows = new ArtifactRows(folder, { logger, changesElsewhere: readOnly });
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#readOnly = readOnly;
  }

  /** @param dir the folder that holds, or gets, the folder `artifacts`. */
  static async open(
    dir: string,
    options: FileArtifactStoreOptions = {},
  ): Promise<FileArtifactStore> {
    const store = new FileArtifactStore(new Folder(dir, options).inner("artifacts"), options);
    if (options.readOnly !== true) await store.#rows.removeTemporary();
    return store;
  }

  put(
    content: ArtifactContent,
    artifact: NewArtifact = {},
    options: Abortable = {},
  ): Promise<ArtifactMetadata> {
    return this.#write(options, async () => {
      const claim = claimOf(artifact);
      await this.#folder.make();
      const written = await writeContent(this.#folder, content, options);
      try {
        this.#enter(options);
        const artifactId = artifact.artifactId ?? artifactIdOfHash(written.sha256);
        return await this.#turns.in(artifactId, () => this.#keep(artifactId, written, claim));
      } finally {
        await this.#folder.remove(written.name);
      }
    });
  }

  head(artifactId: string, options: Abortable = {}): Promise<ArtifactMetadata | undefined> {
    return this.#do(options, async () => {
      const row = await this.#rows.find(artifactId);
      return row && claimMetadata(row, oldestClaim(row));
    });
  }

  async *open(artifactId: string, options: Abortable = {}): AsyncIterable<Uint8Array> {
    const row = await this.#do(options, () => this.#rows.find(artifactId));
    if (row === undefined) throw notFound(artifactId);
    for await (const piece of readContent(this.#folder, `${artifactId}.bin`, row)) {
      options.signal?.throwIfAborted();
      yield piece;
    }
  }

  list(query: ArtifactQuery = {}, options: Abortable = {}): Promise<Page<ArtifactMetadata>> {
    return this.#do(options, async () => {
      const found: ArtifactMetadata[] = [];
      for (const row of await this.#rows.all()) {
        const claims = row.claims.length > 0 ? row.claims : [row.lastClaim];
        const claim = findClaim(claims, query);
        if (claim !== undefined) found.push(claimMetadata(row, claim));
      }
      return pageNewestFirst(
        found,
        ({ createdAt, artifactId }) => ({ createdAt, id: artifactId }),
        query,
      );
    });
  }

  delete(artifactId: string, options: Abortable = {}): Promise<boolean> {
    return this.#write(options, () =>
      this.#turns.in(artifactId, () => this.#rows.remove(artifactId)),
    );
  }

  releaseRun(runId: string, options: Abortable = {}): Promise<number> {
    return this.#write(options, async () => {
      let removed = 0;
      for (const { artifactId, claims } of await this.#rows.all()) {
        const concerns = claims.length === 0 || claims.some((claim) => claim.runId === runId);
        if (concerns && (await this.#turns.in(artifactId, () => this.#release(artifactId, runId))))
          removed += 1;
      }
      return removed;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #keep(
    artifactId: string,
    { name, sha256, sizeBytes }: WrittenContent,
    claim: ArtifactClaim,
  ): Promise<ArtifactMetadata> {
    const now = formatInstant(this.#clock.now());
    const known = await this.#rows.find(artifactId);
    if (known !== undefined && !(await this.#isSame(known, sha256))) throw otherContent(artifactId);
    const lastPutAt = now;
    if (known !== undefined) {
      const claims = addClaim(known.claims, claim);
      const row = { ...known, sha256, claims, lastPutAt };
      await this.#rows.write(row);
      return claimMetadata(row, claim);
    }
    const facts = { artifactId, sizeBytes, createdAt: now, sha256 };
    const row = { ...facts, claims: [claim], lastClaim: claim, lastPutAt };
    await this.#folder.fs.rename(this.#folder.file(name), this.#folder.file(`${artifactId}.bin`));
    await this.#folder.sync();
    await this.#folder.reach("artifact:content-written");
    await this.#rows.write(row);
    return claimMetadata(row, claim);
  }

  /** Whether an artifact has this content. That of one which 0.2.0 put under an id of its own has to be read. */
  async #isSame(known: ArtifactRow, sha256: string): Promise<boolean> {
    if (known.sha256 !== null) return known.sha256 === sha256;
    if (known.artifactId === artifactIdOfHash(sha256)) return true;
    const row = { ...known, sha256 };
    try {
      for await (const piece of readContent(this.#folder, `${known.artifactId}.bin`, row))
        void piece;
      return true;
    } catch (error) {
      if (error instanceof AbstractRuntimeError) return false;
      throw error;
    }
  }

  /** @returns whether nobody claims the artifact any more, so that it was removed. */
  async #release(artifactId: string, runId: string): Promise<boolean> {
    const row = await this.#rows.find(artifactId);
    if (row === undefined) return false;
    const claim = row.claims.find((candidate) => candidate.runId === runId);
    const claims = row.claims.filter((candidate) => candidate !== claim);
    const isOver = parseInstant(row.lastPutAt) <= this.#clock.now() - this.#graceMs;
    if (claims.length === 0 && isOver) return this.#rows.remove(artifactId);
    if (claim !== undefined)
      await this.#rows.write({ ...row, claims, lastClaim: { ...claim, runId: null } });
    return false;
  }

  async #write<Result>(options: Abortable, work: () => Promise<Result>): Promise<Result> {
    return this.#do(options, () => {
      if (!this.#readOnly) return work();
      throw readOnlyError(this.#folder.path);
    });
  }

  async #do<Result>(options: Abortable, work: () => Promise<Result>): Promise<Result> {
    this.#enter(options);
    try {
      return await work();
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  #enter({ signal }: Abortable): void {
    signal?.throwIfAborted();
    if (this.#closed)
      throw new AbstractRuntimeError("store_closed", "the artifact store was closed: open another");
  }
}

function notFound(artifactId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "artifact_not_found",
    `artifact ${JSON.stringify(artifactId)} is not here: check the id; it may have been removed`,
    { details: { artifactId } },
  );
}

function otherContent(artifactId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "artifact_exists",
    `artifact ${artifactId} is other content: leave the id out, or choose another`,
    { details: { artifactId } },
  );
}
