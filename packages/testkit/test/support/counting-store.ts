import {
  MemoryStore,
  type Change,
  type DurableStore,
  type LedgerRecord,
} from "@abstractruntime/core";

type Args<Method extends "commit" | "records" | "recordTexts" | "list"> = Parameters<
  DurableStore[Method]
>;

/** A memory store that counts what a backend would pay for. */
export class CountingStore extends MemoryStore {
  /** Characters of records, messages and children, per commit. */
  readonly written: number[] = [];
  /** Ledger records that were read. */
  recordsRead = 0;
  /** Runs that lists went through. */
  listed = 0;

  override async commit(...args: Args<"commit">): ReturnType<DurableStore["commit"]> {
    this.written.push(sizeOf(args[0]));
    return super.commit(...args);
  }

  override async records(...args: Args<"records">): Promise<readonly LedgerRecord[]> {
    const records = await super.records(...args);
    this.recordsRead += records.length;
    return records;
  }

  override async recordTexts(...args: Args<"recordTexts">): Promise<readonly string[]> {
    const texts = await super.recordTexts(...args);
    this.recordsRead += texts.length;
    return texts;
  }

  override async list(...args: Args<"list">): ReturnType<DurableStore["list"]> {
    const page = await super.list(...args);
    this.listed += page.items.length;
    return page;
  }
}

function sizeOf({ records, messages, children }: Change): number {
  return JSON.stringify([records, messages, children]).length;
}
