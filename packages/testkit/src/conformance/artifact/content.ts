import type { ArtifactStore } from "@abstractruntime/core/store";

/** A text as bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What an artifact holds, read to its end. */
export async function read(store: ArtifactStore, artifactId: string): Promise<Uint8Array> {
  const pieces: number[] = [];
  for await (const piece of store.open(artifactId)) for (const byte of piece) pieces.push(byte);
  return Uint8Array.from(pieces);
}

/** An artifact's content as text. */
export async function readText(store: ArtifactStore, artifactId: string): Promise<string> {
  return new TextDecoder().decode(await read(store, artifactId));
}

/** Content as a stream of pieces. */
export async function* stream(...pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces;
}
