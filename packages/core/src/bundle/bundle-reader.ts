import { Fields } from "../codec/fields.ts";
import { parseJsonText } from "../codec/parse-json-text.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { bundleInvalid, checked } from "./bundle-invalid.ts";
import { endLine, readHeader, type BundleCounts, type BundleHeader } from "./bundle-lines.ts";
import { LineReader, type BundleLine } from "./line-reader.ts";

/** A line that says what it is. */
export interface TypedLine {
  readonly type: string;
  readonly fields: Fields;
  readonly text: string;
  readonly number: number;
}

/** Reads a bundle line by line, up to its end and no further. */
export class BundleReader {
  readonly #lines: LineReader;
  readonly #maxBytes: number;
  #held = 0;

  /** @param maxBytes of what has to be held in memory until the end was read, and of any one line. */
  constructor(source: AsyncIterable<Uint8Array | string>, maxBytes: number) {
    this.#lines = new LineReader(source, maxBytes);
    this.#maxBytes = maxBytes;
  }

  /** The first line. @throws bundle_invalid */
  async header(): Promise<BundleHeader> {
    const { text, number } = await this.text();
    return checked(number, () => readHeader(fieldsOf(text, number)));
  }

  /** The next line as it is. @throws bundle_invalid */
  async text(): Promise<BundleLine> {
    const line = await this.#lines.next();
    if (line === undefined) throw bundleInvalid("it ends too early: the bundle is cut off");
    return line;
  }

  /** The next line, which says what it is. @throws bundle_invalid */
  async next(): Promise<TypedLine> {
    const { text, number } = await this.text();
    return checked(number, () => {
      const fields = fieldsOf(text, number);
      return { type: fields.text("type"), fields, text, number };
    });
  }

  /** Count what is held in memory. @throws value_too_large */
  hold(text: string): void {
    this.#held += text.length;
    if (this.#held > this.#maxBytes)
      throw new AbstractRuntimeError(
        "value_too_large",
        `bundle: ledgers, states, messages and snapshots of more than ${this.#maxBytes} bytes; raise maxBytes`,
        { details: { maxBytes: this.#maxBytes } },
      );
  }

  /** Look whether the last line is right, and the last one. @throws bundle_invalid */
  async end(line: TypedLine, counts: BundleCounts): Promise<void> {
    if (line.text !== endLine(counts, this.#lines.digestBefore()))
      throw bundleInvalid(
        "its counts or its SHA-256 are not those of the lines before: it was changed or cut",
        line.number,
      );
    if ((await this.#lines.next()) !== undefined)
      throw bundleInvalid("something comes after its end", line.number + 1);
  }

  /** Let the source go. */
  async close(): Promise<void> {
    await this.#lines.close();
  }
}

function fieldsOf(text: string, number: number): Fields {
  const where = `line ${number}`;
  return new Fields(parseJsonText(text, where), where);
}
