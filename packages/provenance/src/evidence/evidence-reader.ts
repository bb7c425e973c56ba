import { createHash } from "node:crypto";
import { AbstractRuntimeError } from "@abstractruntime/core/store";

/** A line of a file, without its end. */
export interface FileLine {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** What is no UTF-8 is replaced: such a line is judged by its bytes. */
  readonly text: string;
  /** SHA-256 (hex) of everything before it. */
  digestBefore(): string;
}

const newline = 0x0a;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The lines of a stream, one in memory at a time. The last one may lack its end.
 *
 * @throws value_too_large a line is longer than `maxLineBytes`; what the source throws
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  maxLineBytes: number,
): AsyncGenerator<FileLine, void, void> {
  const hash = createHash("sha256");
  let rest: Uint8Array = new Uint8Array();
  let number = 0;
  const lineOf = (bytes: Uint8Array): FileLine => {
    number += 1;
    const digestBefore = (): string => hash.copy().digest("hex");
    return { number, bytes, text: decoder.decode(bytes), digestBefore };
  };
  for await (const piece of source) {
    let bytes = join(rest, typeof piece === "string" ? encoder.encode(piece) : piece);
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline)) {
      yield lineOf(bytes.subarray(0, end));
      hash.update(bytes.subarray(0, end + 1));
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > maxLineBytes) throw tooLong(number + 1, maxLineBytes);
    rest = bytes;
  }
  if (rest.length > 0) yield lineOf(rest);
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const joined = new Uint8Array(one.length + other.length);
  joined.set(one);
  joined.set(other, one.length);
  return joined;
}

function tooLong(line: number, maxBytes: number): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "value_too_large",
    `evidence, line ${line}: it is longer than ${maxBytes} bytes; raise maxLineBytes`,
    { details: { line, maxBytes } },
  );
}
