import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactContent, ArtifactStore } from "../ports/artifact-store.ts";

export interface ReadOptions extends Abortable {
  /** Largest size that is read into memory; 64 MiB by default. */
  readonly maxBytes?: number;
}

/**
 * An artifact's whole content, in memory.
 *
 * @throws artifact_not_found
 * @throws store_corrupt the content is not what was stored
 * @throws value_too_large it is larger than `maxBytes`: read it as a stream, with `store.open`
 */
export async function readArtifact(
  store: ArtifactStore,
  artifactId: string,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  const { maxBytes = 64 * 1024 * 1024 } = options;
  const tooLarge = `artifact ${artifactId}: larger than ${maxBytes} bytes; read it as a stream, or raise maxBytes`;
  return collect(store.open(artifactId, options), { maxBytes, tooLarge });
}

/** Content as one piece of the caller's own. @throws value_too_large with the given message. */
export async function collect(
  content: ArtifactContent,
  { maxBytes = Infinity, tooLarge = "" }: { maxBytes?: number; tooLarge?: string } = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of piecesOf(content)) {
    size += piece.byteLength;
    if (size > maxBytes)
      throw new AbstractRuntimeError("value_too_large", tooLarge, { details: { maxBytes } });
    pieces.push(piece.slice());
  }
  return join(pieces, size);
}

async function* piecesOf(content: ArtifactContent): AsyncIterable<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else yield* content;
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}
