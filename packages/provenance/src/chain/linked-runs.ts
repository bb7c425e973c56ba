import type {
  Abortable,
  Change,
  DurableStore,
  LedgerRecord,
  NewRun,
} from "@abstractruntime/core/store";
import { linkRecords, type Linking } from "./link-records.ts";
import { storedHash } from "./stored-hash.ts";

/** Chains the records of what is to be written. */
export class LinkedRuns {
  readonly #store: Pick<DurableStore, "recordTexts">;
  readonly #linking: Linking;

  constructor(store: Pick<DurableStore, "recordTexts">, linking: Linking) {
    this.#store = store;
    this.#linking = linking;
  }

  /** @param head hash of the run's last record; null where it has none */
  change(change: Change, head: string | null, options: Abortable): Change | Promise<Change> {
    const records = this.#linked(change.records, head);
    if (change.children.length === 0 && !(records instanceof Promise))
      return { ...change, records };
    return this.#withChildren(change, records, options);
  }

  async #withChildren(
    change: Change,
    records: ReturnType<typeof linkRecords>,
    options: Abortable,
  ): Promise<Change> {
    const children = await this.#newRuns(change.children, options);
    return { ...change, records: await records, children };
  }

  async newRun(given: NewRun, options: Abortable): Promise<NewRun> {
    const children = await this.#newRuns(given.children, options);
    // What comes from elsewhere comes as it was chained there.
    if (given.texts !== undefined) return { ...given, children };
    const head = await this.#copiedHead(given, options);
    return { ...given, records: await this.#linked(given.records, head), children };
  }

  async #newRuns(given: readonly NewRun[], options: Abortable): Promise<readonly NewRun[]> {
    const runs: NewRun[] = [];
    for (const run of given) runs.push(await this.newRun(run, options));
    return runs;
  }

  /** The hash of the last record that a fork copies. */
  async #copiedHead({ copyOf }: NewRun, options: Abortable): Promise<string | null> {
    if (copyOf === undefined || copyOf.seq < 1) return null;
    const range = { after: copyOf.seq - 1, limit: 1 };
    const [text] = await this.#store.recordTexts(copyOf.runId, range, options);
    return text === undefined ? null : storedHash(text);
  }

  #linked(records: readonly LedgerRecord[], head: string | null): ReturnType<typeof linkRecords> {
    return linkRecords(records, head, this.#linking);
  }
}
