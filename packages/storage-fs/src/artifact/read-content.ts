import { createHash, type Hash } from "node:crypto";
import { artifactIdOfHash } from "@abstractruntime/core/store";
import { corrupt } from "../folder/corrupt.ts";
import type { Folder } from "../folder/folder.ts";
import type { ArtifactRow } from "./artifact-file.ts";

const pieceBytes = 64 * 1024;

/**
 * A file's bytes, piece by piece, checked against what its artifact was when it was put. Of one that 0.2.0 put under an
 * id of its own, only the size is known.
 *
 * @throws store_corrupt after the last piece
 */
export async function* readContent(
  folder: Folder,
  name: string,
  row: ArtifactRow,
): AsyncGenerator<Uint8Array> {
  const handle = await folder.fs.open(folder.file(name), "r");
  try {
    const hash = createHash("sha256");
    let size = 0;
    for (;;) {
      const piece = new Uint8Array(pieceBytes);
      const { bytesRead } = await handle.read(piece, 0, pieceBytes, size);
      if (bytesRead === 0) break;
      size += bytesRead;
      const read = piece.subarray(0, bytesRead);
      hash.update(read);
      yield read;
    }
    if (size !== row.sizeBytes || !isContentOf(row, hash))
      throw corrupt(
        folder.file(name),
        size,
        `it is not what was put as artifact ${row.artifactId}`,
      );
  } finally {
    await handle.close();
  }
}

function isContentOf({ sha256, artifactId }: ArtifactRow, hash: Hash): boolean {
  const found = hash.digest("hex");
  if (sha256 !== null) return found === sha256;
  return !/^[0-9a-f]{32}$/.test(artifactId) || artifactIdOfHash(found) === artifactId;
}
