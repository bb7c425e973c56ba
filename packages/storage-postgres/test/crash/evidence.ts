import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";
import type { Deed, Line } from "./job.ts";

/** Writes lines down, each in one write: SIGKILL takes nothing back that the kernel has. */
export class EvidenceWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  readonly add = (line: Line): void => {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  };
}

/** Follows a file of lines. */
export class EvidenceReader {
  readonly lines: Line[] = [];
  readonly #deeds = new Map<string, Deed[]>();
  readonly #path: string;
  readonly #buffer = Buffer.alloc(1 << 16);
  #offset = 0;
  #rest = "";
  #isComplete = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Read what was written since. A worker may die before it has made its file. */
  read(): readonly Line[] {
    if (this.#isComplete || !existsSync(this.#path)) return this.lines;
    const file = openSync(this.#path, "r");
    const buffer = this.#buffer;
    for (let bytes = -1; bytes !== 0; this.#offset += bytes) {
      bytes = readSync(file, buffer, 0, buffer.length, this.#offset);
      this.#take(buffer.toString("utf8", 0, bytes)); // lines are ASCII
    }
    closeSync(file);
    return this.lines;
  }

  /** Read what was written since, for the last time: its writer has ended. */
  complete(): void {
    this.read();
    this.#isComplete = true;
  }

  /** What was done for a step, with what was written since. */
  deedsOf(stepId: string): readonly Deed[] {
    this.read();
    return this.#deeds.get(stepId) ?? [];
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#keep(JSON.parse(line) as Line);
  }

  #keep(line: Line): void {
    this.lines.push(line);
    if (line.kind !== "deed") return;
    const deeds = this.#deeds.get(line.stepId);
    if (deeds === undefined) this.#deeds.set(line.stepId, [line]);
    else deeds.push(line);
  }
}
