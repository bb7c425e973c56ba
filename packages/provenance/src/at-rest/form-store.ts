import {
  assertCount,
  deepFreeze,
  foldCopied,
  ForwardingStore,
  isEnded,
  readable,
  runBefore,
  RunCache,
  UnderWay,
  type Abortable,
  type Change,
  type ChildPage,
  type Claimed,
  type ClaimRequest,
  type Committed,
  type Delivery,
  type DurableStore,
  type InboxMessage,
  type KeptEvent,
  type LedgerRecord,
  type Message,
  type NewRun,
  type Page,
  type Published,
  type Purged,
  type PurgeRequest,
  type RecordRange,
  type RunQuery,
  type RunState,
  type StoreCapabilities,
  type StoredRun,
} from "@abstractruntime/core/store";
import { AtRest } from "./at-rest.ts";
import type { Form, ReadOptions } from "./form.ts";
import { hollowChange, hollowRun } from "./hollow-change.ts";
import { openMessage, openRecord, openRun } from "./open-values.ts";
import { textsOf } from "./texts-of.ts";

export interface FormStoreOptions {
  /** Runs whose state at rest is kept in memory, so that a commit need not load it. */
  readonly cachedRuns: number;
}

/**
 * A store below which values have another form. The state below is the fold of the records below, so that what is done
 * to records there (a hash chain) holds of the state, too.
 */
export class FormStore extends ForwardingStore {
  readonly #form: Form;
  readonly #atRest: AtRest;
  readonly #cache: RunCache;
  readonly #underWay = new UnderWay("this store");

  /** @throws invalid_argument a number of runs that is negative or none */
  constructor(inner: DurableStore, form: Form, { cachedRuns }: FormStoreOptions) {
    super(inner);
    assertCount(cachedRuns, "cachedRuns");
    this.#form = form;
    this.#atRest = new AtRest(form);
    this.#cache = new RunCache(cachedRuns);
  }

  override get capabilities(): StoreCapabilities {
    const { capabilities } = this.inner;
    const { seal } = this.#form;
    return seal === null
      ? capabilities
      : { ...capabilities, seals: [seal, ...(capabilities.seals ?? [])] };
  }

  override async create(
    given: NewRun,
    options: Abortable = {},
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    const { created, stored } = await this.#underWay.write(() => this.#create(given, options));
    this.#cache.set(stored.run);
    return { created, stored: await this.#opened(stored, options) };
  }

  override async commit(change: Change, options: Abortable = {}): Promise<Committed> {
    const { inboxSeq, messages } = await this.#underWay.write(() => this.#write(change, options));
    return { inboxSeq, messages: await this.#openedInbox(change.runId, messages, options) };
  }

  override async load(runId: string, options: Abortable = {}): Promise<StoredRun | undefined> {
    const stored = await this.inner.load(runId, options);
    if (stored === undefined) return undefined;
    this.#cache.set(stored.run);
    return this.#opened(stored, options);
  }

  override async list(query?: RunQuery, options: Abortable = {}): Promise<Page<StoredRun>> {
    return this.#openedPage(await this.inner.list(query, options), options);
  }

  override async listChildren(
    parentRunId: string,
    page?: ChildPage,
    options: Abortable = {},
  ): Promise<Page<StoredRun>> {
    return this.#openedPage(await this.inner.listChildren(parentRunId, page, options), options);
  }

  override async records(
    runId: string,
    range?: RecordRange,
    options: Abortable = {},
  ): Promise<readonly LedgerRecord[]> {
    const atRest = await this.inner.records(runId, range, options);
    if (this.#isReadAsStored) return atRest;
    return deepFreeze(
      await this.#form.read((open) => atRest.map((record) => openRecord(record, open)), options),
    );
  }

  override async claimDue(request: ClaimRequest, options: Abortable = {}): Promise<Claimed> {
    const { runs, ...facts } = await this.inner.claimDue(request, options);
    for (const { run } of runs) this.#cache.set(run);
    // Nobody may go on with what is not there any more.
    const reading = { ...options, refusesErased: true };
    const opened = await Promise.allSettled(runs.map((stored) => this.#opened(stored, reading)));
    return { ...facts, runs: readable(opened) };
  }

  override deliver(runId: string, message: Message, options: Abortable = {}): Promise<Delivery> {
    return this.#underWay.write(() => this.#deliver(runId, message, options));
  }

  override async readInbox(
    runId: string,
    range?: { readonly after?: number; readonly limit?: number },
    options: Abortable = {},
  ): Promise<readonly InboxMessage[]> {
    return this.#openedInbox(runId, await this.inner.readInbox(runId, range, options), options);
  }

  override publish(event: KeptEvent, options: Abortable = {}): Promise<Published> {
    return this.#underWay.write(async () => {
      const { atRest } = await this.#atRest.message(null, event.message, options);
      return this.inner.publish({ ...event, message: atRest }, options);
    });
  }

  override async purge(request: PurgeRequest, options: Abortable = {}): Promise<Purged> {
    const { runIds, artifacts } = await this.inner.purge(request, options);
    if (request.dryRun === true) return { runIds, artifacts };
    let released = artifacts;
    for (const runId of runIds) {
      this.#cache.delete(runId);
      released += await this.#form.released(runId);
    }
    return { runIds, artifacts: released };
  }

  override close(): Promise<void> {
    return this.#underWay.close(() => this.inner.close());
  }

  async #create(given: NewRun, options: Abortable): ReturnType<DurableStore["create"]> {
    const texts = new Set<string>();
    const note = (record: LedgerRecord): void => textsOf(record, texts);
    const before = await foldCopied(this.inner, given, note, options);
    // The inner store finds the run that has the id, or refuses: without records it makes none.
    if (before === undefined && given.copyOf !== undefined)
      return this.inner.create({ ...hollowRun(given), records: [] }, options);
    if (before !== undefined) await this.#form.copied(texts, given.run.runId, options);
    return this.inner.create(await this.#atRest.newRun(given, before, options), options);
  }

  async #deliver(runId: string, message: Message, options: Abortable): Promise<Delivery> {
    const { atRest, writer } = await this.#atRest.message(runId, message, options);
    if (writer.hasContent) {
      const addressee = await this.inner.load(runId, options);
      if (addressee === undefined) return "run_not_found";
      // An ended run takes no message, so nobody will ever miss what it would hold.
      if (!isEnded(addressee.run)) await writer.settle(options);
    }
    return this.inner.deliver(runId, atRest, options);
  }

  async #write(change: Change, options: Abortable): Promise<Committed> {
    const before = await this.#before(change, options);
    if (before === undefined) return this.inner.commit(hollowChange(change), options);
    const { records, run } = await this.#atRest.records(before, change.records, options);
    const children = await this.#atRest.newRuns(change.children, options);
    const messages = await this.#atRest.messages(change.messages, options);
    const atRest = { ...change, records, run, children, messages };
    const committed = await this.inner.commit(atRest, options);
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

  get #isReadAsStored(): boolean {
    return this.#form.seal === null;
  }

  async #opened(stored: StoredRun, options: ReadOptions): Promise<StoredRun> {
    if (this.#isReadAsStored) return stored;
    const { run, head } = stored;
    const opened = await this.#form.read((open) => openRun(run, open), options);
    return deepFreeze({ run: opened, head });
  }

  async #openedPage(page: Page<StoredRun>, options: Abortable): Promise<Page<StoredRun>> {
    const items: StoredRun[] = [];
    for (const stored of page.items) items.push(await this.#opened(stored, options));
    return { items: Object.freeze(items), nextCursor: page.nextCursor };
  }

  async #openedInbox(
    runId: string,
    inbox: readonly InboxMessage[],
    options: Abortable,
  ): Promise<readonly InboxMessage[]> {
    if (this.#isReadAsStored || inbox.length === 0) return inbox;
    return deepFreeze(
      await this.#form.read((open) => inbox.map((each) => openMessage(each, runId, open)), options),
    );
  }
}
