import {
  assertCount,
  ForwardingStore,
  ledgerHeadOf,
  runBefore,
  UnderWay,
  type Abortable,
  type Change,
  type ChildPage,
  type Claimed,
  type ClaimRequest,
  type Committed,
  type DurableStore,
  type NewRun,
  type Page,
  type Purged,
  type PurgeRequest,
  type RunQuery,
  type StoredRun,
} from "@abstractruntime/core/store";
import type { Sealer } from "../sign/sealer.ts";
import { ChainHeads } from "./chain-heads.ts";
import { LinkedRuns } from "./linked-runs.ts";
import { SentChanges } from "./sent-changes.ts";

export interface HashChainOptions {
  /** Signs records as they are chained: `sealHeads` makes one. Nobody by default. */
  readonly seal?: Sealer | undefined;
  /** Runs whose head is kept in memory, so that a commit need not load it; 10,000 by default. */
  readonly cachedRuns?: number | undefined;
}

/**
 * A store whose ledgers are hash chains: each record names the hash of the one before it, and its own. The hash of the last
 * one is in the run's head (`ledgerHead`), written with it. The text that is hashed is the text that is stored.
 *
 * Ledgers that began without a chain, and chains that 0.2.0 wrote, go on. A fork's chain goes on from the record that was
 * copied last. Bundles come as they are. Whoever writes to the store below leaves a gap, which verification reports.
 *
 * @throws invalid_argument a number of runs that is negative or none
 */
export function hashChain(store: DurableStore, options: HashChainOptions = {}): DurableStore {
  return new HashChainingStore(store, options);
}

class HashChainingStore extends ForwardingStore {
  readonly #linked: LinkedRuns;
  readonly #heads: ChainHeads;
  readonly #sent: SentChanges;
  readonly #underWay = new UnderWay("this store");

  constructor(inner: DurableStore, { seal, cachedRuns = 10_000 }: HashChainOptions) {
    super(inner);
    assertCount(cachedRuns, "cachedRuns");
    const writesTexts = inner.capabilities.survives !== "nothing";
    this.#linked = new LinkedRuns(inner, { sealer: seal, writesTexts });
    this.#heads = new ChainHeads(cachedRuns);
    this.#sent = new SentChanges(Math.max(cachedRuns, 1), (runId) => this.#heads.delete(runId));
  }

  override create(
    given: NewRun,
    options: Abortable = {},
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    return this.#underWay.write(async () => {
      const answer = await this.inner.create(await this.#linked.newRun(given, options), options);
      this.#heads.see(answer.stored);
      return answer;
    });
  }

  override commit(change: Change, options: Abortable = {}): Promise<Committed> {
    return this.#underWay.write(() => this.#commit(change, options));
  }

  override async load(runId: string, options?: Abortable): Promise<StoredRun | undefined> {
    const stored = await this.inner.load(runId, options);
    if (stored !== undefined) this.#heads.see(stored);
    return stored;
  }

  override async list(query?: RunQuery, options?: Abortable): Promise<Page<StoredRun>> {
    return this.#listed(await this.inner.list(query, options));
  }

  override async listChildren(
    parentRunId: string,
    page?: ChildPage,
    options?: Abortable,
  ): Promise<Page<StoredRun>> {
    return this.#listed(await this.inner.listChildren(parentRunId, page, options));
  }

  override async claimDue(request: ClaimRequest, options?: Abortable): Promise<Claimed> {
    const claimed = await this.inner.claimDue(request, options);
    for (const stored of claimed.runs) this.#heads.see(stored);
    return claimed;
  }

  override async purge(request: PurgeRequest, options?: Abortable): Promise<Purged> {
    const purged = await this.inner.purge(request, options);
    for (const runId of purged.runIds) this.#heads.delete(runId);
    return purged;
  }

  override close(): Promise<void> {
    return this.#underWay.close(() => this.inner.close());
  }

  async #commit(change: Change, options: Abortable): Promise<Committed> {
    const { runId, expectedRevision } = change;
    const send = (prepared: Change): Promise<Committed> => this.inner.commit(prepared, options);
    const sent = this.#sent.find(change);
    if (sent !== undefined) return this.#remembering(sent, this.#sent.send(sent, send));
    const known = this.#heads.get(runId, expectedRevision);
    if (known !== undefined) {
      const prepared = await this.#linked.change(change, known, options);
      return this.#remembering(prepared, this.#sent.send(prepared, send));
    }
    const stored = await runBefore(this.inner, change, options);
    // The run is past that revision: the store knows this commit already, or refuses it.
    if (stored === undefined) return send(change);
    const { ledgerHead } = stored.head;
    // Not remembered: an earlier attempt that this process does not know of may be what is written.
    return this.#sent.send(await this.#linked.change(change, ledgerHead, options), send);
  }

  async #remembering(
    { runId, run, records }: Change,
    sent: Promise<Committed>,
  ): Promise<Committed> {
    const committed = await sent;
    this.#heads.set(runId, run.revision, ledgerHeadOf(records));
    return committed;
  }

  #listed(page: Page<StoredRun>): Page<StoredRun> {
    for (const stored of page.items) this.#heads.seeListed(stored);
    return page;
  }
}
