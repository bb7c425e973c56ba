import {
  ForwardingStore,
  type Abortable,
  type Change,
  type Committed,
  type DurableStore,
  type LedgerRecord,
  type NewRun,
  type RunQuery,
  type StoredRun,
} from "@abstractruntime/core/store";
import { headOf } from "../sign/read-head.ts";
import { catchUp } from "./catch-up.ts";
import { type FeedOptions, HeadFeed, type WitnessLag } from "./head-feed.ts";

/**
 * Hands the sealed heads of what is written to a witness, once it is written. It stands below the chain, where records have
 * their signatures: `hashChain(new WitnessedStore(store, { witness }), { seal })`.
 *
 * No run waits for the witness or fails with it. While it is away, heads wait in line; see `lag`. A crash loses the line but
 * no head: `catchUp` finds in the ledgers what the witness lacks. The first heads of child runs, which their parents' commits
 * write, are vouched for by the next ones of their own.
 */
export class WitnessedStore extends ForwardingStore {
  readonly #feed: HeadFeed;
  readonly #options: FeedOptions;

  constructor(store: DurableStore, options: FeedOptions) {
    super(store);
    this.#options = options;
    this.#feed = new HeadFeed(options);
  }

  /** How far the witness is behind. */
  get lag(): WitnessLag {
    return this.#feed.lag;
  }

  override async create(
    run: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    const answer = await this.inner.create(run, options);
    // Of a run that was there already, other records are stored.
    if (answer.created) this.#offer(run.records);
    return answer;
  }

  override async commit(change: Change, options?: Abortable): Promise<Committed> {
    const committed = await this.inner.commit(change, options);
    this.#offer(change.records);
    return committed;
  }

  /** Resolves once the witness has every head in line. @throws what the witness throws; the heads stay in line */
  flush(): Promise<void> {
    return this.#feed.flush();
  }

  /**
   * Hand out what is in the ledgers and not with the witness: after a crash, after heads were dropped, and when a witness is
   * new. Reads the ends of all ledgers that the query finds; by default, of all.
   *
   * @returns how many heads it handed out
   * @throws what the witness and the store throw
   */
  catchUp(query?: RunQuery, options?: Abortable): Promise<number> {
    return catchUp(this.inner, this.#options.witness, query, options);
  }

  /** Heads that still wait are in the ledgers: `catchUp` finds them. To wait for the witness, `flush` before. */
  override async close(): Promise<void> {
    await this.#feed.close();
    await this.inner.close();
  }

  #offer(records: readonly LedgerRecord[]): void {
    for (const { runId, seq, actorId, recordHash = null, signature = null } of records) {
      const head = headOf({ runId, seq, actorId, recordHash, signature });
      if (head) this.#feed.offer(head);
    }
  }
}
