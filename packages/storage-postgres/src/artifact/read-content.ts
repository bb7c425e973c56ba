import { createHash } from "node:crypto";
import { AbstractRuntimeError } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";

interface Facts {
  readonly content_id: string;
  readonly sha256: string;
  readonly size_bytes: string;
}

/** An artifact's content, chunk by chunk, checked against its SHA-256. @throws artifact_not_found, store_corrupt */
export async function* readContent(
  database: Database,
  artifactId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const facts = await factsOf(database, artifactId);
  const hash = createHash("sha256");
  let read = 0;
  for (let chunk = 0; read < Number(facts.size_bytes); chunk += 1) {
    signal?.throwIfAborted();
    const { rows } = await database.query<{ readonly bytes: Buffer }>(
      "read_chunk",
      "select bytes from {s}.artifact_chunks where content_id = $1 and chunk = $2",
      [facts.content_id, chunk],
    );
    const bytes = rows[0]?.bytes;
    if (bytes === undefined || bytes.byteLength === 0) break;
    hash.update(bytes);
    read += bytes.byteLength;
    yield new Uint8Array(bytes);
  }
  if (hash.digest("hex") === facts.sha256) return;
  await factsOf(database, artifactId); // it may have been removed while it was read
  throw new AbstractRuntimeError(
    "store_corrupt",
    `artifact ${artifactId}: its content is not what was stored: restore it from a backup`,
    { details: { artifactId } },
  );
}

async function factsOf(database: Database, artifactId: string): Promise<Facts> {
  const { rows } = await database.query<Facts>(
    "artifact_facts",
    "select content_id, sha256, size_bytes from {s}.artifacts where artifact_id = $1",
    [safeText(artifactId)],
  );
  if (rows[0] !== undefined) return rows[0];
  throw new AbstractRuntimeError(
    "artifact_not_found",
    `artifact ${JSON.stringify(artifactId)} is not here: check the id; it may have been removed`,
    { details: { artifactId } },
  );
}
