import {
  ledgerHeadOf,
  UnderWay,
  type Abortable,
  type ForkOrigin,
  type LedgerRecord,
  type LedgerStore,
  type RecordRange,
  type StoreCapabilities,
} from "@abstractruntime/core/store";
import type { Sealer } from "../sign/sealer.ts";
import { ChainHeads } from "./chain-heads.ts";
import { linkRecords, type Linking } from "./link-records.ts";
import { storedHash } from "./stored-hash.ts";

export interface HashChainedLedgerOptions {
  /** Signs records as they are chained: `sealHeads` makes one. Nobody by default. */
  readonly seal?: Sealer | undefined;
  /** Ledgers whose last hash is kept in memory; 10,000 by default. */
  readonly cachedLedgers?: number | undefined;
}

/**
 * A ledger store whose ledgers are hash chains, as with `hashChain`, for stores that `combineStores` makes of two halves. The
 * run's head, in the other half, does not know the chain's; `hashChain(combineStores(…))` writes it there, too.
 */
export class HashChainedLedgerStore implements LedgerStore {
  readonly #inner: LedgerStore;
  readonly #linking: Linking;
  readonly #heads: ChainHeads;
  readonly #underWay = new UnderWay("this ledger store");

  constructor(inner: LedgerStore, options: HashChainedLedgerOptions = {}) {
    this.#inner = inner;
    this.#linking = {
      sealer: options.seal,
      writesTexts: inner.capabilities.survives !== "nothing",
    };
    this.#heads = new ChainHeads(options.cachedLedgers ?? 10_000);
  }

  get capabilities(): StoreCapabilities {
    return this.#inner.capabilities;
  }

  append(
    runId: string,
    records: readonly LedgerRecord[],
    expectedSeq: number,
    options: Abortable = {},
  ): Promise<void> {
    return this.#underWay.write(async () => {
      const known = this.#heads.get(runId, expectedSeq);
      const before = known ?? (await this.#hashAt(runId, expectedSeq, options));
      const linked = await linkRecords(records, before, this.#linking);
      // Until it has answered, nobody knows what is stored.
      this.#heads.delete(runId);
      await this.#inner.append(runId, linked, expectedSeq, options);
      this.#heads.set(runId, expectedSeq + linked.length, ledgerHeadOf(linked));
    });
  }

  fork(
    runId: string,
    origin: ForkOrigin,
    records: readonly LedgerRecord[],
    options: Abortable = {},
  ): Promise<void> {
    return this.#underWay.write(async () => {
      const before = await this.#hashAt(origin.runId, origin.seq, options);
      const linked = await linkRecords(records, before, this.#linking);
      await this.#inner.fork(runId, origin, linked, options);
    });
  }

  restore(
    runId: string,
    texts: readonly string[],
    records: readonly LedgerRecord[],
    options?: Abortable,
  ): Promise<void> {
    return this.#inner.restore(runId, texts, records, options);
  }

  list(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly LedgerRecord[]> {
    return this.#inner.list(runId, range, options);
  }

  texts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]> {
    return this.#inner.texts(runId, range, options);
  }

  async remove(runId: string, firstCommitId: string, options?: Abortable): Promise<void> {
    this.#heads.delete(runId);
    await this.#inner.remove(runId, firstCommitId, options);
  }

  close(): Promise<void> {
    return this.#underWay.close(() => this.#inner.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #hashAt(runId: string, seq: number, options: Abortable): Promise<string | null> {
    if (seq < 1) return null;
    const [text] = await this.#inner.texts(runId, { after: seq - 1, limit: 1 }, options);
    return text === undefined ? null : storedHash(text);
  }
}
