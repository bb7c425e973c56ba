import { createHash, randomUUID } from "node:crypto";
import { type ArtifactContent, artifactIdOfHash } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";

/** Bytes in one chunk, and so about as much memory as a stream needs. */
const CHUNK_BYTES = 512 * 1024;

export interface Uploaded {
  readonly contentId: string;
  readonly artifactId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Write content as chunks that nobody knows of yet. When the stream fails, they are removed. */
export async function upload(
  database: Database,
  content: ArtifactContent,
  signal: AbortSignal | undefined,
): Promise<Uploaded> {
  const contentId = randomUUID();
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let chunk = 0;
  await database.query(
    "begin_upload",
    "insert into {s}.artifact_uploads (content_id, started_ms) values ($2, coalesce($1::bigint, {s}.clock_ms()))",
    [database.now, contentId],
  );
  try {
    for await (const bytes of chunksOf(content)) {
      signal?.throwIfAborted();
      hash.update(bytes);
      sizeBytes += bytes.byteLength;
      await database.query(
        "upload",
        "insert into {s}.artifact_chunks (content_id, chunk, bytes) values ($1, $2, $3) on conflict do nothing",
        [contentId, chunk, bytes],
      );
      chunk += 1;
    }
    signal?.throwIfAborted();
  } catch (error) {
    await discard(database, contentId).catch(() => {}); // an abandoned upload is removed in time
    throw error;
  }
  const sha256 = hash.digest("hex");
  return { contentId, artifactId: artifactIdOfHash(sha256), sha256, sizeBytes };
}

/** Remove chunks that belong to no artifact. */
export async function discard(database: Database, contentId: string): Promise<void> {
  await database.query(
    "discard",
    `with upload as (delete from {s}.artifact_uploads where content_id = $1)
delete from {s}.artifact_chunks where content_id = $1`,
    [contentId],
  );
}

/** Content in pieces of one size, however it comes. */
async function* chunksOf(content: ArtifactContent): AsyncGenerator<Buffer> {
  const parts = content instanceof Uint8Array ? [content] : content;
  let held: Buffer[] = [];
  let size = 0;
  for await (const part of parts) {
    let rest = Buffer.from(part); // a copy: the caller may go on using its bytes
    while (size + rest.byteLength >= CHUNK_BYTES) {
      const room = CHUNK_BYTES - size;
      yield Buffer.concat([...held, rest.subarray(0, room)]);
      rest = rest.subarray(room);
      held = [];
      size = 0;
    }
    if (rest.byteLength > 0) held.push(rest);
    size += rest.byteLength;
  }
  if (size > 0) yield Buffer.concat(held);
}
