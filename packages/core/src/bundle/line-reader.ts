import { createHash } from "node:crypto";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { bundleInvalid, checked } from "./bundle-invalid.ts";
import { joinBytes } from "./join-bytes.ts";

/** A line of a bundle, without its end. */
export interface BundleLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

const newline = 0x0a;
const encoder = new TextEncoder();

/** Lines out of a stream of bytes or text, one at a time, with the SHA-256 of all lines before the present one. */
export class LineReader {
  readonly #source: AsyncIterator<Uint8Array | string>;
  readonly #maxLineBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #hash = createHash("sha256");
  /** Read and not yet given out. */
  #rest: Uint8Array = new Uint8Array();
  #current: Uint8Array = new Uint8Array();
  #number = 0;
  #isOver = false;

  constructor(source: AsyncIterable<Uint8Array | string>, maxLineBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * The next line; `undefined` at the end.
   *
   * @throws bundle_invalid a line that is not UTF-8, or lacks its end; value_too_large; what the source throws
   */
  async next(): Promise<BundleLine | undefined> {
    this.#hash.update(this.#current);
    this.#current = new Uint8Array();
    const bytes = await this.#take();
    if (bytes === undefined) return undefined;
    this.#current = bytes;
    this.#number += 1;
    const text = checked(this.#number, () => this.#decoder.decode(bytes.subarray(0, -1)));
    return { text, number: this.#number };
  }

  /** SHA-256 (hex) of all lines before the present one. Ends the counting. */
  digestBefore(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Let the source go. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** The next line's bytes with its end. */
  async #take(): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = this.#rest; ; piece = await this.#read()) {
      const end = piece.indexOf(newline);
      const part = end === -1 ? piece : piece.subarray(0, end + 1);
      pieces.push(part);
      size += part.length;
      if (size > this.#maxLineBytes) throw tooLarge(this.#number + 1, this.#maxLineBytes);
      if (end !== -1) {
        this.#rest = piece.subarray(end + 1);
        return joinBytes(pieces);
      }
      this.#rest = new Uint8Array();
      if (this.#isOver) break;
    }
    if (size === 0) return undefined;
    throw bundleInvalid("it has no end: the bundle is cut off", this.#number + 1);
  }

  async #read(): Promise<Uint8Array> {
    const { done = false, value } = await this.#source.next();
    this.#isOver = done;
    if (done) return new Uint8Array();
    return typeof value === "string" ? encoder.encode(value) : value;
  }
}

function tooLarge(line: number, maxBytes: number): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "value_too_large",
    `bundle, line ${line}: it is longer than ${maxBytes} bytes; raise maxBytes`,
    { details: { line, maxBytes } },
  );
}
