import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { InboxMessage, KeptEvent, Message } from "../inbox/message.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import { ledgerHeadOf } from "../ledger/ledger-head.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Clock } from "../ports/clock.ts";
import type {
  AddressedMessage,
  Change,
  ChildPage,
  Claimed,
  ClaimRequest,
  Delivery,
  NewRun,
  Page,
  Published,
  Purged,
  PurgeRequest,
  RunQuery,
  StoreCapabilities,
  StoredRun,
} from "../ports/durable-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import { isEnded } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { choosePurged } from "./choose-purged.ts";
import { claimFilter } from "./claim-filter.ts";
import { inboxFull, isFullFor } from "./inbox-limit.ts";
import { KeptEvents } from "./kept-events.ts";
import { messagesAfter, newMemoryRun, type MemoryRun } from "./memory-run.ts";
import { MemoryRuns } from "./memory-runs.ts";
import { runFilter } from "./run-query.ts";
import { pageById, pageByUpdate } from "./run-page.ts";
import { assertLease, assertRead } from "./store-conflicts.ts";

/**
 * Runs without their ledgers, in this process's memory: heads, inboxes, kept events and leases. Each method does its work
 * in one go, without awaiting, so every write is atomic.
 */
export abstract class MemoryRunTable<Shown extends StoredRun> {
  readonly capabilities: StoreCapabilities = {
    survives: "nothing",
    writers: "one_process",
    reopens: false,
  };
  protected readonly clock: Clock;
  protected readonly rows: MemoryRuns = new MemoryRuns();
  readonly #kept = new KeptEvents();
  #closed = false;

  /** @param options `clock` judges leases and due times; the machine's by default. */
  constructor(options: { readonly clock?: Clock } = {}) {
    this.clock = options.clock ?? systemClock;
  }

  async load(runId: string, options?: Abortable): Promise<Shown | undefined> {
    this.enter(options);
    const row = this.rows.get(runId);
    return row && this.shown(row);
  }

  async list(query: RunQuery = {}, options?: Abortable): Promise<Page<Shown>> {
    this.enter(options);
    const passes = runFilter(query);
    const rows =
      query.parentRunId === undefined
        ? this.rows.all()
        : [...this.rows.childrenOf(query.parentRunId)];
    return pageByUpdate(
      rows.filter((row) => passes(row.run)),
      query,
      (row) => this.shown(row),
    );
  }

  async listChildren(
    parentRunId: string,
    page: ChildPage = {},
    options?: Abortable,
  ): Promise<Page<Shown>> {
    this.enter(options);
    return pageById(this.rows.childrenOf(parentRunId), page, (row) => this.shown(row));
  }

  async claimDue(
    request: ClaimRequest,
    options?: Abortable,
  ): Promise<Claimed & { readonly runs: readonly Shown[] }> {
    this.enter(options);
    const passes = claimFilter(request);
    const now = this.clock.now();
    const { runIds, limit } = request;
    const { due, nextWakeAt } =
      runIds === undefined
        ? this.rows.due(now, limit, passes)
        : this.rows.dueAmong(runIds, now, limit, passes);
    const runs = due.map((row, index) => {
      this.rows.hold(
        row,
        { leaseId: request.leaseIds[index] ?? "", owner: request.owner, leaseMs: request.leaseMs },
        now,
      );
      row.claims += 1;
      return this.shown(row);
    });
    return {
      now: formatInstant(now),
      runs,
      nextWakeAt: nextWakeAt === null ? null : formatInstant(nextWakeAt),
    };
  }

  onDue(listener: () => void): () => void {
    return this.rows.bell.add(listener);
  }

  async renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>> {
    this.enter(options);
    const until = this.clock.now() + leaseMs;
    const held = new Map<string, number>();
    for (const { runId, leaseId } of leases) {
      const row = this.rows.get(runId);
      if (row?.leaseId !== leaseId) continue;
      this.rows.renew(row, until);
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
    this.enter(options);
    const row = this.rows.get(back.runId);
    assertLease(row, back.runId, back.leaseId);
    assertRead(row, back.inboxSeq);
    row.claims = 0;
    this.rows.free(row, back.wakeAt);
  }

  async deliver(runId: string, message: Message, options?: Abortable): Promise<Delivery> {
    this.enter(options);
    const row = this.rows.get(runId);
    if (row !== undefined && isFullFor(row, message)) throw inboxFull(runId);
    return this.rows.deliver(row, structuredClone(message), this.clock.now());
  }

  async readInbox(
    runId: string,
    range: { readonly after?: number; readonly limit?: number } = {},
    options?: Abortable,
  ): Promise<readonly InboxMessage[]> {
    this.enter(options);
    const row = this.rows.get(runId);
    return row === undefined ? [] : messagesAfter(row, range.after ?? 0, range.limit);
  }

  async publish(given: KeptEvent, options?: Abortable): Promise<Published> {
    this.enter(options);
    const event = deepFreeze(structuredClone(given));
    const now = this.clock.now();
    const waiting = this.rows
      .waitingFor(event.message.key)
      .filter((row) => !isFullFor(row, event.message));
    for (const row of waiting) this.rows.deliver(row, event.message, now);
    if (waiting.length === 0) return { deliveredTo: [], kept: this.#kept.keep(event, now) };
    this.#kept.give(event, now);
    return { deliveredTo: waiting.map((row) => row.runId), kept: false };
  }

  async takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number> {
    this.enter(options);
    const row = this.rows.get(runId);
    if (row === undefined || isEnded(row.run)) return 0;
    const now = this.clock.now();
    const events = this.#kept.take(keys, now);
    return events.filter((event) => this.rows.deliver(row, event, now) === "accepted").length;
  }

  async purge(request: PurgeRequest, options?: Abortable): Promise<Purged> {
    this.enter(options);
    const chosen = choosePurged(this.rows, request);
    if (request.dryRun !== true) for (const row of chosen) this.rows.remove(row);
    return { runIds: chosen.map((row) => row.runId), artifacts: 0 };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A run as callers get it. */
  protected abstract shown(row: MemoryRun): Shown;

  /** @throws store_closed, or what the signal was aborted with. */
  protected enter(options: Abortable | undefined): void {
    if (this.#closed)
      throw new AbstractRuntimeError(
        "store_closed",
        "this memory store was closed: make a new one",
      );
    options?.signal?.throwIfAborted();
  }

  /** Make a change, checked before, under the lease that it names. */
  protected write(row: MemoryRun, change: Change, now: number): void {
    this.writeState(row, change);
    this.#schedule(row, change, now);
    this.writeElsewhere(change, now);
  }

  /** The part of a change that is about the run itself, without who drives it when. */
  protected writeState(row: MemoryRun, change: Change): void {
    this.append(row, change.records);
    for (const messageId of change.consumed) {
      row.inbox.delete(messageId);
      row.consumed.add(messageId);
    }
    row.commitId = change.commitId;
    row.ledgerHead = ledgerHeadOf(change.records);
    row.claims = 0;
    this.rows.setState(row, change.run);
    this.rows.tellOfJoin(row, change.run.updatedAt, this.clock.now());
  }

  protected append(row: MemoryRun, records: readonly LedgerRecord[]): void {
    row.ledger.append(records);
  }

  protected insert(given: NewRun, now: number): MemoryRun {
    const row = newMemoryRun(given);
    this.rows.add(row);
    this.rows.tellOfJoin(row, given.run.createdAt, now);
    if (isEnded(given.run)) this.rows.free(row, null);
    else if (given.lease !== null) this.rows.hold(row, given.lease, now);
    else this.rows.free(row, row.inboxSeq > 0 ? formatInstant(now) : given.wakeAt);
    this.writeElsewhere(given, now);
    return row;
  }

  /** What a write causes in other runs. */
  protected writeElsewhere(
    {
      children,
      messages,
    }: { readonly children: readonly NewRun[]; readonly messages: readonly AddressedMessage[] },
    now: number,
  ): void {
    for (const child of children)
      if (this.rows.get(child.run.runId) === undefined) this.insert(child, now);
    for (const { runId, message } of messages)
      this.rows.deliver(this.rows.get(runId), message, now);
  }

  /** An ended run is free and never due, whatever the change says. */
  #schedule(row: MemoryRun, change: Change, now: number): void {
    if (isEnded(change.run)) this.rows.free(row, null);
    else if (change.lease !== null) this.rows.hold(row, change.lease, now);
    else if (row.inboxSeq > change.inboxSeq) this.rows.free(row, formatInstant(now));
    else this.rows.free(row, change.wakeAt);
  }
}
