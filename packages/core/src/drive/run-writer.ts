import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { AddressedMessage, Lease, NewRun, StoredRun } from "../ports/durable-store.ts";
import type { InboxMessage } from "../inbox/message.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { stampRecord, type RecordBody } from "../ledger/record-body.ts";
import { crossedLimits } from "../limits/check-limits.ts";
import { beginFold } from "../run/fold-run.ts";
import { impliedWakeAt } from "../run/implied-wake-at.ts";
import { reduce } from "../run/reduce.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { commitSurely, createSurely } from "./commit-surely.ts";
import { consequences } from "./consequences.ts";
import type { UnsurePlace } from "./hand-in.ts";
import type { Kernel } from "./kernel.ts";

/** So many records go into one commit at the most, where nothing else asks for one. */
const MAX_RECORDS = 1_000;

/** Thrown inside the drive room: a run with this id was there before. */
export class RunFound {
  readonly stored: StoredRun;

  constructor(stored: StoredRun) {
    this.stored = stored;
  }
}

/** Who a run is, before it has a state. */
export type RunIdentity = Pick<RunState, "runId" | "actorId" | "sessionId">;

/**
 * Gathers records into the next commit of one run, and writes it. `run` is always the fold of what was gathered; what
 * is not flushed is not seen by anybody else.
 */
export class RunWriter {
  readonly #kernel: Kernel;
  readonly #lease: Lease;
  readonly #identity: RunIdentity;
  /** Null before the run exists. */
  #stored: RunState | null;
  #leaseId: string | null;
  #run: RunState | null;
  #inboxSeq: number;
  #commitId = "";
  #records: LedgerRecord[] = [];
  #consumed: string[] = [];
  #children: NewRun[] = [];
  #messages: AddressedMessage[] = [];
  #leavesUnread = false;
  readonly #read = new Map<string, LedgerRecord>();
  readonly #cancelled = new Set<string>();

  /**
   * @param subject the run as stored, or who a run to be created is
   * @param held whether the lease is ours already; if not, the first flush takes it
   */
  constructor(kernel: Kernel, lease: Lease, subject: StoredRun | RunIdentity, held: boolean) {
    this.#kernel = kernel;
    this.#lease = lease;
    this.#identity = "run" in subject ? subject.run : subject;
    this.#stored = "run" in subject ? subject.run : null;
    this.#run = this.#stored;
    this.#inboxSeq = "run" in subject ? subject.head.inboxSeq : 0;
    this.#leaseId = held ? lease.leaseId : null;
  }

  get runId(): string {
    return this.#identity.runId;
  }

  get run(): RunState {
    if (this.#run === null) throw new Error("a run begins with its created record");
    return this.#run;
  }

  /** Where the last gathered record will stand. */
  get place(): UnsurePlace {
    return { seq: this.run.seq, commitId: this.#commitId };
  }

  /** Whether there is something to flush. */
  get isDirty(): boolean {
    return this.#records.length > 0;
  }

  /** Whether so much was gathered that it should be flushed before more is. */
  get isFull(): boolean {
    return this.#records.length >= MAX_RECORDS;
  }

  /** The record that was written and consumed this message. */
  readerOf(messageId: string): LedgerRecord | undefined {
    return this.#read.get(messageId);
  }

  /** Whether a record that was gathered, and not written yet, consumes this message. */
  isReading(messageId: string): boolean {
    return this.#consumed.includes(messageId);
  }

  /** Runs that were sent a cancel with what was written. */
  get cancelledRuns(): Iterable<string> {
    return this.#cancelled;
  }

  /** A run was sent a cancel by other means than a commit. */
  noteCancelled(runId: string): void {
    this.#cancelled.add(runId);
  }

  /** Whether the run is ours by lease, as far as the last write knows. */
  get isHeld(): boolean {
    return this.#leaseId !== null;
  }

  get inboxSeq(): number {
    return this.#inboxSeq;
  }

  /** Fold records into the run, and note the messages that they cause. */
  add(bodies: readonly RecordBody[]): void {
    if (bodies.length > 0 && this.#stored?.revision === 0 && !this.isDirty)
      this.#append(adoption(this.#stored, bodies));
    for (const body of bodies) this.#append(body);
  }

  #append(body: RecordBody): void {
    if (this.#records.length === 0) this.#commitId = this.#kernel.ids.token();
    const before = this.#run;
    const place = {
      seq: (before?.seq ?? 0) + 1,
      revision: (this.#stored?.revision ?? 0) + 1,
      commitId: this.#commitId,
    };
    const record = stampRecord(body, this.#identity, place);
    this.#run =
      before === null || record.kind === "adopted" ? beginFold(record) : reduce(before, record);
    const warnings = before === null ? [] : crossedLimits(before.vars, this.#run.vars);
    this.#records.push(warnings.length === 0 ? record : { ...record, warnings });
    if ("messageId" in record && record.messageId !== null) this.#consumed.push(record.messageId);
    if (before !== null) this.#messages.push(...consequences(before, this.#run, record));
  }

  /** A child to create in the same commit. */
  addChild(child: NewRun): void {
    this.#children.push(child);
  }

  /** Children that the same commit will create. */
  get newChildren(): readonly RunState[] {
    return this.#children.map(({ run }) => run);
  }

  /** A message to deliver in the same commit. */
  addMessage(message: AddressedMessage): void {
    this.#messages.push(message);
  }

  /** A message was met that only a driver with the run's code can read: the run is to be looked at again at once. */
  leaveUnread(): void {
    this.#leavesUnread = true;
  }

  get leavesUnread(): boolean {
    return this.#leavesUnread;
  }

  /** Forget what was not flushed. */
  discard(): void {
    this.#run = this.#stored;
    this.#records = [];
    this.#consumed = [];
    this.#children = [];
    this.#messages = [];
  }

  /** Messages up to this position have been read. */
  readUpTo(position: number): void {
    this.#inboxSeq = Math.max(this.#inboxSeq, position);
  }

  /**
   * Write what was gathered.
   *
   * @param options `keepLease`: go on holding the run; else it is given back, to be looked at when its state says.
   * @returns messages that had come meanwhile
   * @throws what `commit` throws; RunFound when the run was to be created and exists
   */
  async flush(options: {
    keepLease: boolean;
    refuseNewMessages?: boolean;
  }): Promise<readonly InboxMessage[]> {
    const askedAt = this.#kernel.clock.now();
    const messages =
      this.#stored === null ? await this.#create(options) : await this.#commit(options);
    const records = this.#records;
    for (const { runId, message } of this.#messages)
      if (message.kind === "cancel") this.#cancelled.add(runId);
    for (const record of records)
      if ("messageId" in record && record.messageId !== null)
        this.#read.set(record.messageId, record);
    this.#stored = this.#run;
    this.#leaseId = options.keepLease && !isEnded(this.run) ? this.#lease.leaseId : null;
    this.#records = [];
    this.#consumed = [];
    this.#children = [];
    this.#messages = [];
    this.#kernel.leases.prolonged(this.#lease.leaseId, askedAt);
    const { revision, seq } = this.run;
    this.#kernel.logger.debug("run.committed", { runId: this.runId, revision, seq });
    for (const record of records) this.#warnOf(record);
    this.#kernel.events.emit({ type: "committed", runId: this.run.runId, records });
    return messages;
  }

  #warnOf({ seq, warnings = [] }: LedgerRecord): void {
    for (const warning of warnings)
      this.#kernel.logger.warn("run.limit", { runId: this.runId, seq, ...warning });
  }

  async #commit(options: {
    keepLease: boolean;
    refuseNewMessages?: boolean;
  }): Promise<readonly InboxMessage[]> {
    const run = this.run;
    const committed = await commitSurely(this.#kernel, {
      runId: run.runId,
      commitId: this.#commitId,
      leaseId: this.#leaseId,
      expectedRevision: run.revision - 1,
      inboxSeq: this.#inboxSeq,
      refuseNewMessages: options.refuseNewMessages ?? false,
      records: closed(this.#records),
      run,
      consumed: this.#consumed,
      lease: options.keepLease ? this.#lease : null,
      wakeAt: options.keepLease ? null : this.wakeAt(),
      children: this.#children,
      messages: this.#messages,
    });
    this.readUpTo(committed.inboxSeq);
    return committed.messages;
  }

  async #create(options: { keepLease: boolean }): Promise<readonly InboxMessage[]> {
    const { created, stored } = await createSurely(this.#kernel, {
      run: this.run,
      commitId: this.#commitId,
      records: closed(this.#records),
      lease: options.keepLease ? this.#lease : null,
      wakeAt: options.keepLease ? null : this.wakeAt(),
      children: this.#children,
      messages: this.#messages,
    });
    if (!created) throw new RunFound(stored);
    return stored.head.inboxSize === 0 ? [] : this.#kernel.store.readInbox(this.runId);
  }

  /** When the run's state asks for a driver. */
  wakeAt(): string | null {
    return impliedWakeAt(this.run, formatInstant(this.#kernel.clock.now()), this.#leavesUnread);
  }

  /** Let the run go without writing a record. @returns false when messages came that must be read first. */
  async giveBack(): Promise<boolean> {
    if (this.#leaseId === null) return true;
    const { runId } = this;
    try {
      const back = {
        runId,
        leaseId: this.#leaseId,
        inboxSeq: this.#inboxSeq,
        wakeAt: this.wakeAt(),
      };
      await this.#kernel.store.giveBack(back);
      this.#leaseId = null;
      return true;
    } catch (error) {
      if (isAbstractRuntimeError(error, "inbox_changed")) return false;
      throw error;
    }
  }
}

/** A run that 0.2.0 wrote has no records to fold: the first of ours holds the whole of it. */
function adoption(run: RunState, bodies: readonly RecordBody[]): RecordBody {
  const at = bodies[0]?.startedAt ?? run.updatedAt;
  return { kind: "adopted", nodeId: run.currentNode, run, startedAt: at, endedAt: at };
}

/** The last record of a commit says so, so that a torn tail is recognised. */
function closed(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const last = records.at(-1);
  return last === undefined ? records : [...records.slice(0, -1), { ...last, last: true }];
}
