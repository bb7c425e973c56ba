import {
  type AddressedMessage,
  encodeMessage,
  isCounted,
  ledgerHeadOf,
  type LedgerRecord,
  type Message,
  type NewRun,
  parseInstant,
  renderRecord,
} from "@abstractruntime/core/store";
import {
  indexedText,
  indexedTextOrNull,
  safeText,
  safeTextOrNull,
} from "../connection/safe-text.ts";
import type { Touched } from "./footprint.ts";
import { headFacts, stateText } from "./head-facts.ts";

/** What a write causes in other runs. */
export interface Elsewhere {
  readonly children: readonly NewRun[];
  readonly messages: readonly AddressedMessage[];
}

/** The parameters of `write_elsewhere`: JSON lists of children, of their records, and of messages. */
export interface ElsewhereParameters {
  readonly children: readonly object[];
  readonly records: readonly object[];
  readonly messages: readonly object[];
}

/** Children of children are brought in beside them. */
function flattened({ children, messages }: Elsewhere): Elsewhere {
  const below = children.map(flattened);
  return {
    children: [...children, ...below.flatMap((child) => child.children)],
    messages: [...messages, ...below.flatMap((child) => child.messages)],
  };
}

/** All runs that a write touches. */
export function touchedRuns(runId: string, elsewhere: Elsewhere): Touched {
  const { children, messages } = flattened(elsewhere);
  return {
    writes: [runId, ...children.map(({ run }) => run.runId)],
    sends: messages.map((message) => message.runId),
  };
}

/** @param of the run whose write brings them */
export function elsewhereParameters(of: string, elsewhere: Elsewhere): ElsewhereParameters {
  const { children, messages } = flattened(elsewhere);
  const rows = children.map(newRunRows);
  return {
    children: rows.map(({ columns }) => ({ of, ...columns })),
    records: rows.flatMap(({ lines }) => lines),
    messages: messages.map(({ runId, message }) => ({
      of,
      run_id: runId,
      ...messageColumns(message),
    })),
  };
}

export interface MessageColumns {
  readonly message_id: string;
  readonly message: string;
  /** Whether it makes a paused run due, too. */
  readonly wakes_paused: boolean;
  /** The wait in which it counts as the end of one child of several; null for all other messages. */
  readonly counted_wait: string | null;
  readonly completed: boolean;
  readonly sent_at: string;
}

export function messageColumns(message: Message): MessageColumns {
  const { messageId, sentAt, kind } = message;
  const counted = isCounted(message) ? message : null;
  return {
    message_id: indexedText(messageId),
    message: JSON.stringify(encodeMessage(message)),
    wakes_paused: kind === "cancel" || kind === "unpause",
    counted_wait: counted === null ? null : safeText(counted.waitId ?? ""),
    completed: counted?.status === "completed",
    sent_at: sentAt,
  };
}

/** A new run, as `write_elsewhere` and `create_runs` take it: its row, and the lines of its ledger. */
export interface NewRunRows {
  readonly columns: object;
  readonly lines: readonly object[];
}

export function newRunRows(given: NewRun): NewRunRows {
  const rendered = given.records.map((record) => renderRecord(record));
  const bytes = rendered.reduce((sum, text) => sum + text.length, 0);
  return { columns: newRunColumns(given, bytes), lines: linesOf(given, rendered) };
}

/** A new run's row. Its first records count as its first checkpoint; a fork, whose ledger is long, gets one. */
function newRunColumns(given: NewRun, recordBytes: number): object {
  const { run, commitId, copyOf, records, lease, wakeAt } = given;
  const facts = headFacts(run);
  const hasEnded = run.status !== "running" && run.status !== "waiting";
  const held = hasEnded ? null : lease;
  return {
    run_id: run.runId,
    workflow_id: indexedText(run.workflowId),
    workflow_version: facts.workflowVersion,
    graph_hash: facts.graphHash,
    actor_id: safeTextOrNull(run.actorId),
    session_id: indexedTextOrNull(run.sessionId),
    parent_run_id: run.parentRunId,
    parent_step_id: safeTextOrNull(run.parent?.stepId ?? null),
    origin_run_id: run.origin?.runId ?? null,
    created_ms: parseInstant(run.createdAt),
    updated_ms: facts.updatedMs,
    commit_id: safeText(commitId),
    ledger_head: safeTextOrNull(ledgerHeadOf(records)),
    revision: run.revision,
    seq: facts.seq,
    status: facts.status,
    paused: facts.paused,
    wait_id: facts.waitId,
    wait_step_id: facts.waitStepId,
    wait_reason: facts.waitReason,
    wait_gate: facts.waitGate,
    wait_keys: facts.waitKeys,
    join_spec: facts.joinSpec,
    lease_id: safeTextOrNull(held?.leaseId ?? null),
    lease_owner: safeTextOrNull(held?.owner ?? null),
    lease_ms: held?.leaseMs ?? null,
    wake_ms: hasEnded || held !== null || wakeAt === null ? null : parseInstant(wakeAt),
    fold_from: (records[0]?.seq ?? 1) - 1,
    consumed: given.texts === undefined ? [] : records.flatMap(consumedBy),
    copy_run_id: copyOf?.runId ?? null,
    copy_seq: copyOf?.seq ?? null,
    state: copyOf === undefined ? null : stateText(run),
    state_bytes: Math.min(recordBytes, 2 ** 31 - 1),
    sent_at: run.createdAt,
  };
}

/** Of a run from elsewhere, what its records consumed stays known. */
function consumedBy(record: LedgerRecord): readonly string[] {
  return "messageId" in record && record.messageId !== null ? [indexedText(record.messageId)] : [];
}

/** Records that came as texts are stored as they came. */
function linesOf({ run, texts, records }: NewRun, rendered: readonly string[]): readonly object[] {
  const runId = run.runId;
  if (texts !== undefined)
    return texts.map((record, index) => ({ run_id: runId, seq: index + 1, record }));
  return records.map(({ seq }, index) => ({ run_id: runId, seq, record: rendered[index] }));
}
