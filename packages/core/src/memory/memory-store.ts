import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { InboxMessage, KeptEvent, Message } from "../inbox/message.ts";
import { renderRecord } from "../codec/record-codec.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  AddressedMessage,
  Change,
  Claimed,
  ClaimRequest,
  Committed,
  Delivery,
  DurableStore,
  NewRun,
  Page,
  Published,
  RecordRange,
  RunQuery,
  StoreCapabilities,
  StoredRun,
} from "../ports/durable-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import { isEnded } from "../run/run-state.ts";
import { formatInstant, parseInstant } from "../time/instant.ts";
import { checkChange, checkWakeAts } from "./check-change.ts";
import { claimFilter } from "./claim-filter.ts";
import { inboxFull, isFullFor } from "./inbox-limit.ts";
import { KeptEvents } from "./kept-events.ts";
import { messagesAfter, newMemoryRun, storedRun, type MemoryRun } from "./memory-run.ts";
import { MemoryRuns } from "./memory-runs.ts";
import { runFilter } from "./run-query.ts";
import { pageById, pageByUpdate, type PageRequest } from "./run-page.ts";
import { assertFound, assertLease, assertRead, assertUnchanged } from "./store-conflicts.ts";

/**
 * Runs in this process's memory: the reference for other stores, and enough where nothing has to outlive the process.
 *
 * Each method does its work in one go, without awaiting, so every write is atomic. A commit costs what its records cost.
 */
export class MemoryStore implements DurableStore {
  readonly capabilities: StoreCapabilities = {
    survives: "nothing",
    writers: "one_process",
    reopens: false,
  };
  readonly #clock: Clock;
  readonly #runs = new MemoryRuns();
  readonly #kept = new KeptEvents();
  #closed = false;

  /** @param options `clock` judges leases and due times; the machine's by default. */
  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  async create(
    given: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    this.#enter(options);
    const existing = this.#runs.get(given.run.runId);
    if (existing !== undefined)
      return { created: existing.createdBy === given.commitId, stored: storedRun(existing) };
    checkWakeAts([given]);
    const row = this.#insert(given, this.#clock.now());
    return { created: true, stored: storedRun(row) };
  }

  async commit(change: Change, options?: Abortable): Promise<Committed> {
    this.#enter(options);
    const now = this.#clock.now();
    const row = this.#runs.get(change.runId);
    assertFound(row, change.runId);
    if (row.commitId !== change.commitId) {
      assertUnchanged(row, change, now);
      checkChange(change, row.run);
      checkWakeAts([change, ...change.children]);
      this.#write(row, change, now);
    }
    return { inboxSeq: row.inboxSeq, messages: messagesAfter(row, change.inboxSeq) };
  }

  async load(runId: string, options?: Abortable): Promise<StoredRun | undefined> {
    this.#enter(options);
    const row = this.#runs.get(runId);
    return row && storedRun(row);
  }

  async list(query: RunQuery = {}, options?: Abortable): Promise<Page<StoredRun>> {
    this.#enter(options);
    const passes = runFilter(query);
    const rows =
      query.parentRunId === undefined ? this.#runs.all() : this.#runs.childrenOf(query.parentRunId);
    return pageByUpdate(
      rows.filter((row) => passes(row.run)),
      query,
    );
  }

  async listChildren(
    parentRunId: string,
    page: PageRequest = {},
    options?: Abortable,
  ): Promise<Page<StoredRun>> {
    this.#enter(options);
    return pageById(this.#runs.childrenOf(parentRunId), page);
  }

  async records(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    this.#enter(options);
    const records = this.#runs.get(runId)?.records ?? [];
    const { after = 0, limit = records.length } = range;
    return Object.freeze(records.slice(after, after + limit));
  }

  async recordTexts(
    runId: string,
    range?: RecordRange,
    options?: Abortable,
  ): Promise<readonly string[]> {
    return (await this.records(runId, range, options)).map(renderRecord);
  }

  async claimDue(request: ClaimRequest, options?: Abortable): Promise<Claimed> {
    this.#enter(options);
    const passes = claimFilter(request);
    const now = this.#clock.now();
    const runs = this.#runs.due(now, request.limit, passes).map((row, index) => {
      this.#runs.hold(
        row,
        { leaseId: request.leaseIds[index] ?? "", owner: request.owner, leaseMs: request.leaseMs },
        now,
      );
      row.claims += 1;
      return storedRun(row);
    });
    return { now: formatInstant(now), runs };
  }

  async renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>> {
    this.#enter(options);
    const until = this.#clock.now() + leaseMs;
    const held = new Map<string, number>();
    for (const { runId, leaseId } of leases) {
      const row = this.#runs.get(runId);
      if (row?.leaseId !== leaseId) continue;
      this.#runs.renew(row, until);
      held.set(runId, row.inboxSeq);
    }
    return held;
  }

  async giveBack(
    back: {
      readonly runId: string;
      readonly leaseId: string;
      readonly inboxSeq: number;
      readonly wakeAt: string | null;
    },
    options?: Abortable,
  ): Promise<void> {
    this.#enter(options);
    const row = this.#runs.get(back.runId);
    assertLease(row, back.runId, back.leaseId);
    assertRead(row, back.inboxSeq);
    this.#runs.free(row, back.wakeAt);
  }

  async deliver(runId: string, message: Message, options?: Abortable): Promise<Delivery> {
    this.#enter(options);
    const row = this.#runs.get(runId);
    if (row !== undefined && isFullFor(row, message)) throw inboxFull(runId);
    return this.#runs.deliver(row, structuredClone(message), this.#clock.now());
  }

  async readInbox(
    runId: string,
    range: { readonly after?: number; readonly limit?: number } = {},
    options?: Abortable,
  ): Promise<readonly InboxMessage[]> {
    this.#enter(options);
    const row = this.#runs.get(runId);
    return row === undefined ? [] : messagesAfter(row, range.after ?? 0, range.limit);
  }

  async publish(given: KeptEvent, options?: Abortable): Promise<Published> {
    this.#enter(options);
    const event = deepFreeze(structuredClone(given));
    const now = this.#clock.now();
    const waiting = this.#runs
      .waitingFor(event.message.key)
      .filter((row) => !isFullFor(row, event.message));
    for (const row of waiting) this.#runs.deliver(row, event.message, now);
    if (waiting.length === 0) return { deliveredTo: [], kept: this.#kept.keep(event, now) };
    this.#kept.give(event, now);
    return { deliveredTo: waiting.map((row) => row.runId), kept: false };
  }

  async takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number> {
    this.#enter(options);
    const row = this.#runs.get(runId);
    if (row === undefined || isEnded(row.run)) return 0;
    const now = this.#clock.now();
    const events = this.#kept.take(keys, now);
    return events.filter((event) => this.#runs.deliver(row, event, now) === "accepted").length;
  }

  async purge(
    which: { readonly endedBefore: string; readonly limit?: number },
    options?: Abortable,
  ): Promise<readonly string[]> {
    this.#enter(options);
    const before = parseInstant(which.endedBefore);
    const removed = this.#runs
      .all()
      .filter((row) => isEnded(row.run) && parseInstant(row.run.updatedAt) < before)
      .toSorted((a, b) => parseInstant(a.run.updatedAt) - parseInstant(b.run.updatedAt))
      .slice(0, which.limit ?? 1_000);
    for (const row of removed) this.#runs.remove(row);
    return removed.map((row) => row.runId);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enter(options: Abortable | undefined): void {
    if (this.#closed)
      throw new AbstractRuntimeError("store_closed", "this MemoryStore was closed: make a new one");
    options?.signal?.throwIfAborted();
  }

  #write(row: MemoryRun, change: Change, now: number): void {
    for (const record of change.records) row.records.push(deepFreeze(record));
    for (const messageId of change.consumed) {
      row.inbox.delete(messageId);
      row.consumed.add(messageId);
    }
    row.commitId = change.commitId;
    row.claims = 0;
    this.#runs.setState(row, change.run);
    this.#schedule(row, change, now);
    this.#writeElsewhere(change, now);
  }

  /** An ended run is free and never due, whatever the change says. */
  #schedule(row: MemoryRun, change: Change, now: number): void {
    if (isEnded(change.run)) this.#runs.free(row, null);
    else if (change.lease !== null) this.#runs.hold(row, change.lease, now);
    else if (row.inboxSeq > change.inboxSeq) this.#runs.free(row, formatInstant(now));
    else this.#runs.free(row, change.wakeAt);
  }

  #insert(given: NewRun, now: number): MemoryRun {
    const row = newMemoryRun(given);
    this.#runs.add(row);
    if (isEnded(given.run)) this.#runs.free(row, null);
    else if (given.lease !== null) this.#runs.hold(row, given.lease, now);
    else this.#runs.free(row, given.wakeAt);
    this.#writeElsewhere(given, now);
    return row;
  }

  #writeElsewhere(
    {
      children,
      messages,
    }: { readonly children: readonly NewRun[]; readonly messages: readonly AddressedMessage[] },
    now: number,
  ): void {
    for (const child of children)
      if (this.#runs.get(child.run.runId) === undefined) this.#insert(child, now);
    for (const { runId, message } of messages)
      this.#runs.deliver(this.#runs.get(runId), message, now);
  }
}
