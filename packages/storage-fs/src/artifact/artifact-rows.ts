import { assertArtifactId, isAbstractRuntimeError, type Logger } from "@abstractruntime/core/store";
import { corrupt } from "../folder/corrupt.ts";
import { idIn } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { inParallel } from "../open/in-parallel.ts";
import { type ArtifactRow, parseArtifactRow, renderArtifactRow } from "./artifact-file.ts";
import { temporaryContent } from "./write-content.ts";

/** The `.meta` files of a folder, read once and then kept in memory, unless others change them. */
export class ArtifactRows {
  readonly #folder: Folder;
  readonly #logger: Logger;
  readonly #changesElsewhere: boolean;
  #rows: Promise<Map<string, ArtifactRow>> | null = null;

  constructor(
    folder: Folder,
    options: { readonly logger: Logger; readonly changesElsewhere: boolean },
  ) {
    this.#folder = folder;
    this.#logger = options.logger;
    this.#changesElsewhere = options.changesElsewhere;
  }

  /** An artifact of which content and metadata are there. @throws store_corrupt */
  async find(artifactId: string): Promise<ArtifactRow | undefined> {
    if (!isFileName(artifactId)) return undefined;
    const known = this.#changesElsewhere ? undefined : (await this.#rows)?.get(artifactId);
    const row = known ?? (await this.#read(artifactId));
    if (row === undefined) return undefined;
    return (await this.#folder.size(`${artifactId}.bin`)) === undefined ? undefined : row;
  }

  /** All artifacts that can be read, in no order. */
  async all(): Promise<readonly ArtifactRow[]> {
    if (this.#changesElsewhere) return [...(await this.#readAll()).values()];
    this.#rows ??= this.#readAll();
    return [...(await this.#rows).values()];
  }

  async write(row: ArtifactRow): Promise<void> {
    await this.#folder.replace(`${row.artifactId}.meta`, renderArtifactRow(row), {
      renamed: "artifact:metadata-written",
    });
    (await this.#rows)?.set(row.artifactId, row);
  }

  /** @returns whether there was one. */
  async remove(artifactId: string): Promise<boolean> {
    if (!isFileName(artifactId)) return false;
    // Without metadata it is gone; content alone is nobody's.
    const hadMetadata = await this.#folder.remove(`${artifactId}.meta`);
    const hadContent = await this.#folder.remove(`${artifactId}.bin`);
    (await this.#rows)?.delete(artifactId);
    if (hadMetadata || hadContent) await this.#folder.sync();
    return hadMetadata || hadContent;
  }

  /** Remove what a crash left of contents that were being put. */
  async removeTemporary(): Promise<void> {
    for (const name of await this.#folder.names())
      if (temporaryContent.test(name) || name.endsWith(".meta.tmp"))
        await this.#folder.remove(name);
  }

  async #readAll(): Promise<Map<string, ArtifactRow>> {
    const names = new Set(await this.#folder.names());
    const rows = new Map<string, ArtifactRow>();
    await inParallel(names, async (name) => {
      const artifactId = idIn(name, "", ".meta");
      if (artifactId === undefined || !names.has(`${artifactId}.bin`)) return;
      const row = await this.#readOrSay(artifactId);
      if (row !== undefined) rows.set(artifactId, row);
    });
    return rows;
  }

  async #readOrSay(artifactId: string): Promise<ArtifactRow | undefined> {
    try {
      return await this.#read(artifactId);
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
      this.#logger.error("store.artifact_damaged", { artifactId, message: error.message });
      return undefined;
    }
  }

  async #read(artifactId: string): Promise<ArtifactRow | undefined> {
    const name = `${artifactId}.meta`;
    const bytes = await this.#folder.read(name);
    if (bytes === undefined) return undefined;
    const file = this.#folder.file(name);
    const row = parseArtifactRow(bytes.toString("utf8"), file);
    if (row.artifactId === artifactId) return row;
    throw corrupt(file, 0, `it describes artifact ${row.artifactId}`);
  }
}

/** Ids that are no file names name nothing. */
function isFileName(artifactId: string): boolean {
  try {
    assertArtifactId(artifactId);
    return true;
  } catch {
    return false;
  }
}
