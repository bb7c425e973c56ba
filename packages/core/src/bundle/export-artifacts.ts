import { createHash } from "node:crypto";
import { artifactIdOfHash } from "../artifact/artifact-id.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactMetadata, ArtifactStore } from "../ports/artifact-store.ts";
import { toBase64 } from "./base64.ts";
import { artifactLine, plainLine, type BundleCounts } from "./bundle-lines.ts";
import { joinBytes } from "./join-bytes.ts";
import type { NamedArtifacts } from "./named-artifacts.ts";

/** Content of one line, before base64. */
const chunkBytes = 48 * 1024;

/**
 * The lines of all artifacts that runs claim or name, each with its content once.
 *
 * @param named by run, in the order of the runs
 * @throws store_corrupt content that stands for a value is missing, or is not what was stored
 */
export async function* artifactLines(
  artifacts: ArtifactStore,
  named: ReadonlyMap<string, NamedArtifacts>,
  counts: BundleCounts,
  options: Abortable,
): AsyncGenerator<string, void, void> {
  const written = new Set<string>();
  for (const runId of named.keys())
    for await (const metadata of claimsOf(artifacts, runId, options))
      yield* linesOf(artifacts, { ...metadata, runId }, { written, counts, options });
  for (const [runId, { referred, offloaded }] of named) {
    for (const artifactId of [...offloaded, ...referred]) {
      if (written.has(artifactId)) continue;
      const metadata = await artifacts.head(artifactId, options);
      if (metadata !== undefined)
        yield* linesOf(artifacts, { ...metadata, runId }, { written, counts, options });
      else if (offloaded.has(artifactId)) throw missing(runId, artifactId);
    }
  }
}

interface Writing {
  readonly written: Set<string>;
  readonly counts: BundleCounts;
  readonly options: Abortable;
}

async function* linesOf(
  artifacts: ArtifactStore,
  metadata: ArtifactMetadata & { readonly runId: string },
  { written, counts, options }: Writing,
): AsyncGenerator<string, void, void> {
  const { artifactId } = metadata;
  if (written.has(artifactId)) {
    counts.claims += 1;
    yield artifactLine("claim", metadata);
    return;
  }
  written.add(artifactId);
  counts.artifacts += 1;
  yield artifactLine("artifact", metadata);
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunksOf(artifacts.open(artifactId, options))) {
    hash.update(chunk);
    size += chunk.length;
    yield plainLine("chunk", { data: toBase64(chunk) });
  }
  const sha256 = hash.digest("hex");
  const ownId = artifactIdOfHash(sha256) !== artifactId;
  yield plainLine("artifact_end", { sha256, size_bytes: size, own_id: ownId });
}

async function* claimsOf(
  artifacts: ArtifactStore,
  runId: string,
  options: Abortable,
): AsyncGenerator<ArtifactMetadata, void, void> {
  let cursor: string | null = null;
  do {
    const query = { runId, limit: 1_000, ...(cursor !== null && { cursor }) };
    const { items, nextCursor } = await artifacts.list(query, options);
    yield* items;
    cursor = nextCursor;
  } while (cursor !== null);
}

/** The same content in pieces of one size, however it was stored. */
async function* chunksOf(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of content) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + chunkBytes - size);
      pieces.push(part);
      size += part.length;
      at += part.length;
      if (size < chunkBytes) continue;
      yield joinBytes(pieces);
      pieces = [];
      size = 0;
    }
  }
  if (size > 0) yield joinBytes(pieces);
}

function missing(runId: string, artifactId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_corrupt",
    `artifact ${artifactId} is missing, and run ${runId} refers to it: restore it from a backup`,
    { details: { runId, artifactId } },
  );
}
