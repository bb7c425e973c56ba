import type { InboxMessage, Message } from "../inbox/message.ts";
import { tallyFor, type JoinTally } from "../join/join-tally.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import { ledgerHeadOf } from "../ledger/ledger-head.ts";
import type { NewRun, RunHead, StoredRun } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import type { Wakeable } from "./wake-queue.ts";

/** All that the memory store knows of one run. Its scheduling facts change in place; states and records never do. */
export interface MemoryRun extends Wakeable {
  run: RunState;
  readonly createdBy: string;
  commitId: string;
  ledgerHead: string | null;
  leaseId: string | null;
  leaseOwner: string | null;
  claims: number;
  inboxSeq: number;
  /** Empty where ledgers are kept elsewhere. */
  ledger: MemoryLedger;
  /** Unconsumed messages by id, in order of position. */
  readonly inbox: Map<string, InboxMessage>;
  /** Ids of consumed messages, so that they stay known as duplicates. */
  readonly consumed: Set<string>;
  /** How many children ended of those that the run waits for. */
  tally: JoinTally | null;
  /** Id of the last message that told the run of them. */
  toldOfJoin: string | null;
}

export function newMemoryRun(given: NewRun): MemoryRun {
  return {
    runId: given.run.runId,
    run: keepState(given.run),
    createdBy: given.commitId,
    commitId: given.commitId,
    ledgerHead: ledgerHeadOf(given.records),
    leaseId: null,
    leaseOwner: null,
    claims: 0,
    wakeAt: null,
    queueIndex: -1,
    inboxSeq: 0,
    ledger: new MemoryLedger(given.records, given.texts),
    inbox: new Map(),
    consumed: new Set(consumedBy(given)),
    tally: tallyFor(given.run, null),
    toldOfJoin: null,
  };
}

/** Ids of the messages that a new run's own records consume. What a fork copied consumed messages of its origin. */
function consumedBy({ run, records }: NewRun): readonly string[] {
  return records.flatMap((record) =>
    record.runId === run.runId && "messageId" in record && record.messageId !== null
      ? [record.messageId]
      : [],
  );
}

/**
 * Take a state in. Every value in `vars` came in through a record, and records are frozen whole; what the fold built
 * around those values is frozen when it is handed out (`storedRun`), since here it would cost a walk at each commit.
 */
export function keepState(run: RunState): RunState {
  Object.freeze(run.vars);
  deepFreeze(run.pending);
  deepFreeze(run.waiting);
  deepFreeze(run.output);
  deepFreeze(run.error);
  return Object.freeze(run);
}

/** The run as callers get it: frozen to its last leaf. */
export function storedRun(row: MemoryRun): StoredRun {
  return Object.freeze({ run: freezeRun(row.run), head: Object.freeze(headOf(row)) });
}

/** Freeze a state to its last leaf. */
export function freezeRun(run: RunState): RunState {
  if (!Object.isFrozen(run)) keepState(run);
  for (const value of Object.values(run.vars)) deepFreeze(value);
  return run;
}

function headOf(row: MemoryRun): RunHead {
  return {
    wakeAt: row.wakeAt === null ? null : formatInstant(row.wakeAt),
    leaseId: row.leaseId,
    leaseOwner: row.leaseOwner,
    claims: row.claims,
    inboxSeq: row.inboxSeq,
    inboxSize: row.inbox.size,
    commitId: row.commitId,
    ledgerHead: row.ledgerHead,
  };
}

/** Whether somebody holds the run: it is leased, and the lease has not run out. */
export function isHeld(row: Pick<MemoryRun, "leaseId" | "wakeAt">, now: number): boolean {
  return row.leaseId !== null && row.wakeAt !== null && row.wakeAt > now;
}

/** Whether a message with this id was delivered before, consumed or not. */
export function knowsMessage(row: MemoryRun, messageId: string): boolean {
  return row.inbox.has(messageId) || row.consumed.has(messageId);
}

/** Put a message at the end of the inbox. */
export function appendMessage(row: MemoryRun, message: Message): void {
  row.inboxSeq += 1;
  row.inbox.set(message.messageId, deepFreeze({ position: row.inboxSeq, message }));
}

/** Unconsumed messages beyond a position, in order. */
export function messagesAfter(
  row: MemoryRun,
  after: number,
  limit: number = Infinity,
): readonly InboxMessage[] {
  const found: InboxMessage[] = [];
  if (row.inboxSeq <= after) return found;
  for (const entry of row.inbox.values()) {
    if (found.length >= limit) break;
    if (entry.position > after) found.push(entry);
  }
  return found;
}
