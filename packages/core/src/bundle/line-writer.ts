import { createHash } from "node:crypto";
import { joinBytes } from "./join-bytes.ts";

const pieceBytes = 64 * 1024;
const encoder = new TextEncoder();

/** Lines of a bundle as bytes, gathered into pieces, with the SHA-256 of all lines so far. */
export class LineWriter {
  readonly #hash = createHash("sha256");
  #lines: Uint8Array[] = [];
  #size = 0;

  /** @returns a piece to be passed on, once there is enough for one. */
  add(line: string): Uint8Array | undefined {
    const bytes = encoder.encode(`${line}\n`);
    this.#hash.update(bytes);
    this.#lines.push(bytes);
    this.#size += bytes.length;
    return this.#size < pieceBytes ? undefined : this.#take();
  }

  /** SHA-256 (hex) of all lines so far. Ends the counting. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  /** The last piece, with a line that is not counted in the digest. */
  end(line: string): Uint8Array {
    this.#lines.push(encoder.encode(`${line}\n`));
    return this.#take();
  }

  #take(): Uint8Array {
    const piece = joinBytes(this.#lines);
    this.#lines = [];
    this.#size = 0;
    return piece;
  }
}
