import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import type { JsonValue } from "@abstractruntime/core";

/** What an effect handler did, as it says itself, outside of the store. The side effect is the line `end`. */
export interface Deed {
  readonly phase: "start" | "fail" | "end";
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly key: string;
  /** What was returned, for `end`. */
  readonly result: JsonValue;
}

/** Writes deeds down, each durable before the handler goes on. */
export class EvidenceLog {
  readonly #file: number;
  readonly #deeds: Deed[];

  constructor(path: string) {
    appendFileSync(path, "");
    this.#deeds = [...readEvidence(path)];
    this.#file = openSync(path, "a");
  }

  add(deed: Deed): void {
    writeSync(this.#file, `${JSON.stringify(deed)}\n`);
    fsyncSync(this.#file);
    this.#deeds.push(deed);
  }

  /** Everything that was done for a step, by this process and by those before it. */
  of(stepId: string): readonly Deed[] {
    return this.#deeds.filter((deed) => deed.stepId === stepId);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All deeds in order. Each was one write, so none is there in part. A worker may die before it has made the file. */
export function readEvidence(path: string): readonly Deed[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Deed);
}
