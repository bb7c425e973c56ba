import { createHash, randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Abortable, ArtifactContent } from "@abstractruntime/core/store";
import type { Folder } from "../folder/folder.ts";

/** Content on disk under a temporary name. */
export interface WrittenContent {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Names of content that has not got its id yet. */
export const temporaryContent: RegExp = /^\.put-.*\.tmp$/;

/** Write content to a temporary file while hashing it, piece by piece. What fails leaves nothing. */
export async function writeContent(
  folder: Folder,
  content: ArtifactContent,
  { signal }: Abortable,
): Promise<WrittenContent> {
  const name = `.put-${randomUUID()}.tmp`;
  const handle = await folder.fs.open(folder.file(name), "wx");
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const piece of piecesOf(content)) {
      signal?.throwIfAborted();
      hash.update(piece);
      sizeBytes += piece.byteLength;
      await writeAll(handle, piece);
    }
    await handle.sync();
    await handle.close();
    return { name, sha256: hash.digest("hex"), sizeBytes };
  } catch (error) {
    await handle.close().catch(() => {});
    await folder.remove(name);
    throw error;
  }
}

async function* piecesOf(content: ArtifactContent): AsyncIterable<Uint8Array> {
  // The caller may change its buffer while it is written.
  if (content instanceof Uint8Array) yield content.slice();
  else yield* content;
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.byteLength;)
    done += (await handle.write(piece, done, piece.byteLength - done)).bytesWritten;
}
