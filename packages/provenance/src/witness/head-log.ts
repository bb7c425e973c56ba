import type { FileHandle } from "node:fs/promises";
import { canonicalJson, type Logger } from "@abstractruntime/core/store";
import type { SealedHead } from "../sign/seal.ts";
import { inOrder, decodeHead, encodeHead } from "./head-codec.ts";

const pieceBytes = 64 * 1024;
const newline = 0x0a;

/** What a witness file holds, read on as it grows. */
export class HeadLog {
  readonly #file: FileHandle;
  readonly #logger: Logger;
  /** Heads by run, each by its line. */
  readonly #heads = new Map<string, Map<string, SealedHead>>();
  #offset = 0;
  #line = 0;
  /** The beginning of a line whose end is not there yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** Read what was added. @returns whether the last line has no end. */
  async read(): Promise<boolean> {
    for (;;) {
      const { bytesRead, buffer } = await this.#file.read({
        buffer: Buffer.alloc(pieceBytes),
        position: this.#offset,
      });
      if (bytesRead === 0) return this.#rest.length > 0;
      this.#offset += bytesRead;
      this.#take(buffer.subarray(0, bytesRead));
    }
  }

  has(head: SealedHead, line: string): boolean {
    return this.#heads.get(head.runId)?.has(line) === true;
  }

  list(runId: string): readonly SealedHead[] {
    return [...(this.#heads.get(runId)?.values() ?? [])].toSorted(inOrder);
  }

  #take(piece: Buffer): void {
    let bytes = Buffer.concat([this.#rest, piece]);
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline)) {
      this.#add(bytes.toString("utf8", 0, end));
      bytes = bytes.subarray(end + 1);
    }
    this.#rest = bytes;
  }

  #add(text: string): void {
    this.#line += 1;
    const head = readLine(text);
    if (head === undefined) {
      this.#logger.warn("witness_file.line_unreadable", { line: this.#line });
      return;
    }
    const ofRun = this.#heads.get(head.runId) ?? new Map<string, SealedHead>();
    this.#heads.set(head.runId, ofRun.set(canonicalJson(encodeHead(head)), head));
  }
}

function readLine(text: string): SealedHead | undefined {
  try {
    return decodeHead(JSON.parse(text), "witness");
  } catch {
    return undefined;
  }
}
