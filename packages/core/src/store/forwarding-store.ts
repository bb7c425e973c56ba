import type { InboxMessage, KeptEvent, Message } from "../inbox/message.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
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

/** A store that hands every call to another one. A decorator extends it, and overrides what it does otherwise. */
export class ForwardingStore implements DurableStore {
  readonly #inner: DurableStore;

  constructor(inner: DurableStore) {
    this.#inner = inner;
  }

  /** No field, so that a decorator that is logged shows nothing of what it stands on. */
  protected get inner(): DurableStore {
    return this.#inner;
  }

  get capabilities(): StoreCapabilities {
    return this.inner.capabilities;
  }

  create(
    run: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    return this.inner.create(run, options);
  }

  commit(change: Change, options?: Abortable): Promise<Committed> {
    return this.inner.commit(change, options);
  }

  load(runId: string, options?: Abortable): Promise<StoredRun | undefined> {
    return this.inner.load(runId, options);
  }

  list(query?: RunQuery, options?: Abortable): Promise<Page<StoredRun>> {
    return this.inner.list(query, options);
  }

  listChildren(
    parentRunId: string,
    page?: ChildPage,
    options?: Abortable,
  ): Promise<Page<StoredRun>> {
    return this.inner.listChildren(parentRunId, page, options);
  }

  records(
    runId: string,
    range?: RecordRange,
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    return this.inner.records(runId, range, options);
  }

  recordTexts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]> {
    return this.inner.recordTexts(runId, range, options);
  }

  claimDue(request: ClaimRequest, options?: Abortable): Promise<Claimed> {
    return this.inner.claimDue(request, options);
  }

  onDue(listener: () => void): () => void {
    return this.inner.onDue(listener);
  }

  renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>> {
    return this.inner.renew(leases, leaseMs, options);
  }

  giveBack(back: Parameters<DurableStore["giveBack"]>[0], options?: Abortable): Promise<void> {
    return this.inner.giveBack(back, options);
  }

  deliver(runId: string, message: Message, options?: Abortable): Promise<Delivery> {
    return this.inner.deliver(runId, message, options);
  }

  readInbox(
    runId: string,
    range?: { readonly after?: number; readonly limit?: number },
    options?: Abortable,
  ): Promise<readonly InboxMessage[]> {
    return this.inner.readInbox(runId, range, options);
  }

  publish(event: KeptEvent, options?: Abortable): Promise<Published> {
    return this.inner.publish(event, options);
  }

  takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number> {
    return this.inner.takeKept(runId, keys, options);
  }

  purge(request: PurgeRequest, options?: Abortable): Promise<Purged> {
    return this.inner.purge(request, options);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
