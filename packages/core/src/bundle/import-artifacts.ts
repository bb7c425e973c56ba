import { createHash } from "node:crypto";
import { artifactIdOfHash, assertArtifactId } from "../artifact/artifact-id.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import { fromBase64 } from "./base64.ts";
import { readArtifactLine, type ArtifactLine } from "./bundle-lines.ts";
import { bundleInvalid, checked } from "./bundle-invalid.ts";
import type { BundleReader, TypedLine } from "./bundle-reader.ts";

/**
 * Puts the artifacts of a bundle where they belong, as they come. Content is stored under what it is, so what was put for
 * a bundle that is refused later harms nobody.
 */
export class ArtifactImport {
  readonly #reader: BundleReader;
  readonly #artifacts: ArtifactStore | undefined;
  readonly #runIds: ReadonlySet<string>;
  readonly #options: Abortable;
  readonly #known = new Set<string>();

  constructor(
    reader: BundleReader,
    into: {
      readonly artifacts: ArtifactStore | undefined;
      /** Only these may claim. */
      readonly runIds: ReadonlySet<string>;
      readonly options: Abortable;
    },
  ) {
    this.#reader = reader;
    this.#artifacts = into.artifacts;
    this.#runIds = into.runIds;
    this.#options = into.options;
  }

  /** Ids of all artifacts so far. */
  get known(): ReadonlySet<string> {
    return this.#known;
  }

  /** @throws bundle_invalid, artifact_exists, and what the store throws */
  async read(line: TypedLine): Promise<void> {
    const artifact = checked(line.number, () => this.#check(line));
    if (line.type === "claim") await this.#claim(artifact);
    else await this.#put(artifact, line.number);
  }

  #check(line: TypedLine): ArtifactLine {
    const artifact = readArtifactLine(line.fields);
    const { artifactId, runId } = artifact;
    assertArtifactId(artifactId);
    if (!this.#runIds.has(runId)) throw new Error(`run ${runId} is not in it`);
    if (this.#known.has(artifactId) !== (line.type === "claim"))
      throw new Error(`artifact ${artifactId} is in it twice, or claimed before it comes`);
    if (this.#artifacts === undefined)
      throw new Error("it holds artifacts, and there is no artifact store to put them into");
    return artifact;
  }

  async #put(artifact: ArtifactLine, line: number): Promise<void> {
    const { artifactId } = artifact;
    const content = new ArtifactContent(this.#reader, artifactId, line);
    await this.#artifacts?.put(content, artifact, this.#options);
    // A store need not read to the end what it has already.
    for await (const _ of content);
    this.#known.add(artifactId);
  }

  async #claim(artifact: ArtifactLine): Promise<void> {
    const content = this.#artifacts?.open(artifact.artifactId, this.#options);
    if (content !== undefined) await this.#artifacts?.put(content, artifact, this.#options);
  }
}

/** The content lines of one artifact. Ends with an error if they are not what was exported, so that nothing is kept of it. */
class ArtifactContent implements AsyncIterable<Uint8Array> {
  readonly #reader: BundleReader;
  readonly #artifactId: string;
  readonly #line: number;
  readonly #hash = createHash("sha256");
  #size = 0;
  #isOver = false;

  constructor(reader: BundleReader, artifactId: string, line: number) {
    this.#reader = reader;
    this.#artifactId = artifactId;
    this.#line = line;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#next() };
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isOver) return { done: true, value: undefined };
    const line = await this.#reader.next();
    if (line.type === "chunk")
      return { done: false, value: checked(line.number, () => this.#chunk(line)) };
    if (line.type !== "artifact_end")
      throw bundleInvalid(`the artifact of line ${this.#line} has no end`, line.number);
    checked(line.number, () => this.#assertIs(line));
    this.#isOver = true;
    return { done: true, value: undefined };
  }

  #chunk({ fields }: TypedLine): Uint8Array {
    const chunk = fromBase64(fields.text("data"));
    this.#hash.update(chunk);
    this.#size += chunk.length;
    return chunk;
  }

  #assertIs({ fields }: TypedLine): void {
    const sha256 = this.#hash.digest("hex");
    if (fields.text("sha256") !== sha256 || fields.count("size_bytes") !== this.#size)
      throw new Error(`the content of artifact ${this.#artifactId} is not what was exported`);
    if (fields.flag("own_id", false) !== (artifactIdOfHash(sha256) !== this.#artifactId))
      throw new Error(`artifact ${this.#artifactId} has not the id of its content`);
  }
}
