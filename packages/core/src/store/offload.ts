import type { InboxMessage, KeptEvent, Message } from "../inbox/message.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import { assertCount } from "./assert-count.ts";
import { ForwardingStore } from "./forwarding-store.ts";
import { runBefore } from "./run-before.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type {
  Change,
  ChildPage,
  Claimed,
  ClaimRequest,
  Committed,
  Delivery,
  DurableStore,
  NewRun,
  Page,
  Published,
  Purged,
  PurgeRequest,
  RecordRange,
  RunQuery,
  StoreCapabilities,
  StoredRun,
} from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { AtRest } from "./offload/at-rest.ts";
import { copyAtRest } from "./offload/copy-at-rest.ts";
import { grow } from "./offload/grow.ts";
import { type Pieces, shrink } from "./offload/shrink.ts";
import { withoutThaws } from "./offload/thaw.ts";
import { mapMessage, mapRecord, mapRun, patchOf, withPatch } from "./map-values.ts";
import { readable } from "./readable.ts";
import { RunCache } from "./run-cache.ts";
import { UnderWay } from "./under-way.ts";

export interface OffloadOptions {
  /** Where large values go. It must outlive what the store does, and is its owner's to close. */
  readonly artifacts: ArtifactStore;
  /** Texts and lists whose JSON is larger go there; 65,536 by default. Estimated in UTF-16 units. */
  readonly thresholdBytes?: number;
  /** Runs whose state at rest is kept in memory, so that a commit need not load it; 256 by default. */
  readonly cachedRuns?: number;
}

/**
 * A store that keeps large values apart. Whoever uses it sees no difference; in the inner store's records, runs and
 * inboxes, texts and lists larger than the threshold are markers (`$offloaded:<artifact id>`), and their content is an
 * artifact of the run that holds them. State at rest is the fold of the records at rest, so a hash chain or an
 * encryption below sees small records only. `recordTexts` are the texts at rest.
 *
 * Objects stay where they are, whatever their size; what they hold is looked at part by part. A list that is changed in
 * place comes back into `vars` with its first change and stays there. Kept events (`publish`) have no run that could own
 * their content: they go apart when a run's record takes them up. Content is written before what refers to it, so a
 * write that is refused may leave content behind; it goes when its run is purged. A crash between the purge of a run and
 * the release of its content leaves that content for good.
 *
 * @throws invalid_argument a threshold or number of runs that is negative or none
 */
export function offload(store: DurableStore, options: OffloadOptions): DurableStore {
  return new OffloadingStore(store, options);
}

class OffloadingStore extends ForwardingStore {
  readonly #artifacts: ArtifactStore;
  readonly #atRest: AtRest;
  readonly #cache: RunCache;
  readonly #underWay = new UnderWay("this store");

  constructor(
    inner: DurableStore,
    { artifacts, thresholdBytes = 64 * 1024, cachedRuns = 256 }: OffloadOptions,
  ) {
    super(inner);
    assertCount(thresholdBytes, "thresholdBytes");
    assertCount(cachedRuns, "cachedRuns");
    this.#artifacts = artifacts;
    this.#atRest = new AtRest(artifacts, thresholdBytes);
    this.#cache = new RunCache(cachedRuns);
  }

  override get capabilities(): StoreCapabilities {
    return { ...this.inner.capabilities, offloads: true };
  }

  override async create(
    given: NewRun,
    options: Abortable = {},
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    const { created, stored } = await this.#underWay.write(() => this.#create(given, options));
    this.#cache.set(stored.run);
    return { created, stored: await this.#grown(stored, options) };
  }

  override async commit(change: Change, options: Abortable = {}): Promise<Committed> {
    const { inboxSeq, messages } = await this.#underWay.write(() => this.#write(change, options));
    return { inboxSeq, messages: await this.#grownInbox(messages, options) };
  }

  override async load(runId: string, options: Abortable = {}): Promise<StoredRun | undefined> {
    const stored = await this.inner.load(runId, options);
    if (stored === undefined) return undefined;
    this.#cache.set(stored.run);
    return this.#grown(stored, options);
  }

  override async list(query?: RunQuery, options: Abortable = {}): Promise<Page<StoredRun>> {
    return this.#grownPage(await this.inner.list(query, options), options);
  }

  override async listChildren(
    parentRunId: string,
    page?: ChildPage,
    options: Abortable = {},
  ): Promise<Page<StoredRun>> {
    return this.#grownPage(await this.inner.listChildren(parentRunId, page, options), options);
  }

  override async records(
    runId: string,
    range?: RecordRange,
    options: Abortable = {},
  ): Promise<readonly LedgerRecord[]> {
    const atRest = await this.inner.records(runId, range, options);
    const userOnly = atRest.map((record) => {
      const patch = patchOf(record);
      const own = withoutThaws(patch);
      return own.length === patch.length ? record : withPatch(record, own);
    });
    return deepFreeze(
      await grow(
        (map) => userOnly.map((record) => mapRecord(record, map)),
        this.#artifacts,
        options,
      ),
    );
  }

  override async claimDue(request: ClaimRequest, options: Abortable = {}): Promise<Claimed> {
    const { runs, ...facts } = await this.inner.claimDue(request, options);
    const grown = await Promise.allSettled(runs.map((stored) => this.#grown(stored, options)));
    for (const { run } of runs) this.#cache.set(run);
    return { ...facts, runs: readable(grown) };
  }

  override deliver(runId: string, message: Message, options: Abortable = {}): Promise<Delivery> {
    return this.#underWay.write(() => this.#deliver(runId, message, options));
  }

  override async readInbox(
    runId: string,
    range?: { readonly after?: number; readonly limit?: number },
    options: Abortable = {},
  ): Promise<readonly InboxMessage[]> {
    return this.#grownInbox(await this.inner.readInbox(runId, range, options), options);
  }

  override publish(event: KeptEvent, options?: Abortable): Promise<Published> {
    const message = mapMessage(event.message, (value) => shrink(value, Infinity, new Map()));
    return this.inner.publish({ ...event, message }, options);
  }

  override async purge(request: PurgeRequest, options: Abortable = {}): Promise<Purged> {
    const { runIds, artifacts } = await this.inner.purge(request, options);
    if (request.dryRun === true) return { runIds, artifacts };
    let released = artifacts;
    for (const runId of runIds) {
      this.#cache.delete(runId);
      released += await this.#artifacts.releaseRun(runId);
    }
    return { runIds, artifacts: released };
  }

  override close(): Promise<void> {
    return this.#underWay.close(() => this.inner.close());
  }

  async #create(given: NewRun, options: Abortable): ReturnType<DurableStore["create"]> {
    const before = await copyAtRest(this.inner, this.#artifacts, given, options);
    // The inner store finds the run that has the id, or refuses.
    if (before === undefined && given.copyOf !== undefined)
      return this.inner.create(given, options);
    return this.inner.create(await this.#atRest.newRun(given, before, options), options);
  }

  async #deliver(runId: string, message: Message, options: Abortable): Promise<Delivery> {
    const pieces: Pieces = new Map();
    const atRest = this.#atRest.message(message, pieces);
    if (pieces.size === 0) return this.inner.deliver(runId, atRest, options);
    const addressee = await this.inner.load(runId, options);
    if (addressee === undefined) return "run_not_found";
    if (!isEnded(addressee.run)) await this.#atRest.put(pieces, runId, options);
    // An ended run takes no message, so nobody will ever miss the pieces.
    return this.inner.deliver(runId, atRest, options);
  }

  async #write(change: Change, options: Abortable): Promise<Committed> {
    const before = await this.#before(change, options);
    if (before === undefined) return this.inner.commit(change, options);
    const { records, run } = await this.#atRest.records(before, change.records, options);
    const children = await this.#atRest.newRuns(change.children, options);
    const messages = await this.#atRest.messages(change.messages, options);
    const committed = await this.inner.commit(
      { ...change, records, run, children, messages },
      options,
    );
    this.#cache.set(run);
    return committed;
  }

  /**
   * The run at rest that a change follows; `undefined` when the inner store can only refuse the change, or knows it
   * already: the run is past that revision, and revisions never come back.
   */
  async #before(change: Change, options: Abortable): Promise<RunState | undefined> {
    const { runId, expectedRevision } = change;
    const cached = this.#cache.get(runId, expectedRevision);
    if (cached !== undefined) return cached;
    return (await runBefore(this.inner, change, options))?.run;
  }

  async #grown({ run, head }: StoredRun, options: Abortable): Promise<StoredRun> {
    const grown = await grow((map) => mapRun(run, map), this.#artifacts, options);
    return deepFreeze({ run: grown, head });
  }

  async #grownAll(runs: readonly StoredRun[], options: Abortable): Promise<readonly StoredRun[]> {
    const grown: StoredRun[] = [];
    for (const stored of runs) grown.push(await this.#grown(stored, options));
    return Object.freeze(grown);
  }

  async #grownPage(page: Page<StoredRun>, options: Abortable): Promise<Page<StoredRun>> {
    return { items: await this.#grownAll(page.items, options), nextCursor: page.nextCursor };
  }

  async #grownInbox(
    inbox: readonly InboxMessage[],
    options: Abortable,
  ): Promise<readonly InboxMessage[]> {
    const walk = (map: Parameters<typeof mapMessage>[1]): readonly InboxMessage[] =>
      inbox.map(({ position, message }) => ({ position, message: mapMessage(message, map) }));
    return deepFreeze(await grow(walk, this.#artifacts, options));
  }
}
