import { expect } from "vitest";
import type { CaseContext, TestRunner } from "../../src/conformance/index.ts";

/** How a case ended; the message of the error when it failed. */
export type CaseEnd = "passed" | "skipped" | { readonly failed: string };

type Body = (context?: CaseContext) => Promise<void>;

/** A test runner that runs nothing by itself: it collects cases by title, to be run one by one. */
export class CaseCollector implements TestRunner {
  readonly expect: TestRunner["expect"] = expect;
  readonly #cases = new Map<string, Body>();
  readonly #path: string[] = [];

  /** Titles of all cases, each behind the title of its theme: `create: makes a run once`. */
  get titles(): readonly string[] {
    return [...this.#cases.keys()];
  }

  readonly describe = (title: string, body: () => void): void => {
    this.#path.push(title);
    body();
    this.#path.pop();
  };

  readonly it = (title: string, body: Body): void => {
    const full = `${this.#path.at(-1)}: ${title}`;
    if (this.#cases.has(full)) throw new TypeError(`two cases are called ${full}`);
    this.#cases.set(full, body);
  };

  async run(title: string): Promise<CaseEnd> {
    const body = this.#cases.get(title);
    if (body === undefined) throw new TypeError(`no case is called ${title}`);
    let skipped = false;
    try {
      await body({ skip: () => (skipped = true) });
      return skipped ? "skipped" : "passed";
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  }

  /** All cases with how they ended. */
  async runAll(): Promise<ReadonlyMap<string, CaseEnd>> {
    const ends = new Map<string, CaseEnd>();
    for (const title of this.titles) ends.set(title, await this.run(title));
    return ends;
  }
}
