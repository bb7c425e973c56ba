import { ledgerHeadOf } from "@abstractruntime/core/store";
import { bigintArray, boolArray, intArray, textArray } from "../connection/binary-array.ts";
import { safeText, safeTextOrNull } from "../connection/safe-text.ts";
import type { PendingCommit } from "./commit-batch.ts";

type Value = string | number | boolean | null;

type Column =
  | readonly [name: string, type: "text", value: (commit: PendingCommit) => string | null]
  | readonly [name: string, type: "integer" | "bigint", (commit: PendingCommit) => number | null]
  | readonly [name: string, type: "boolean", value: (commit: PendingCommit) => boolean];

/** What a commit says of its run's head, by the names that the statement has for it. */
const columns: readonly Column[] = [
  ["run_id", "text", ({ change }) => change.runId],
  ["commit_id", "text", ({ change }) => safeText(change.commitId)],
  ["ledger_head", "text", ({ change }) => safeTextOrNull(ledgerHeadOf(change.records))],
  ["lease_id", "text", ({ change }) => safeTextOrNull(change.leaseId)],
  ["revision", "integer", ({ change }) => change.expectedRevision],
  ["inbox_seq", "integer", ({ change }) => change.inboxSeq],
  ["refuses", "boolean", ({ change }) => change.refuseNewMessages],
  ["next_lease", "text", ({ change }) => safeTextOrNull(change.lease?.leaseId ?? null)],
  ["lease_owner", "text", ({ change }) => safeTextOrNull(change.lease?.owner ?? null)],
  ["lease_ms", "bigint", ({ change }) => change.lease?.leaseMs ?? null],
  [
    "wake_ms",
    "bigint",
    ({ change }) => (change.wakeAt === null ? null : Date.parse(change.wakeAt)),
  ],
  ["seq", "integer", ({ facts }) => facts.seq],
  ["status", "text", ({ facts }) => facts.status],
  ["paused", "boolean", ({ facts }) => facts.paused],
  ["updated_ms", "bigint", ({ facts }) => facts.updatedMs],
  ["workflow_version", "text", ({ facts }) => facts.workflowVersion],
  ["graph_hash", "text", ({ facts }) => facts.graphHash],
  ["wait_id", "text", ({ facts }) => facts.waitId],
  ["wait_step_id", "text", ({ facts }) => facts.waitStepId],
  ["wait_reason", "text", ({ facts }) => facts.waitReason],
  ["wait_gate", "text", ({ facts }) => facts.waitGate],
  ["wait_keys", "text", ({ facts }) => facts.waitKeys],
  ["join_spec", "text", ({ facts }) => facts.joinSpec],
  ["bytes", "integer", ({ records }) => records.reduce((sum, record) => sum + record.length, 0)],
  ["checkpoint_bytes", "integer", ({ checkpoint }) => checkpoint?.length ?? null],
];

/** The commits' heads as parameters from $2 on, and as rows `i`. One commit comes as plain values: the planner likes it. */
export function headRows(batch: readonly PendingCommit[]): {
  readonly sql: string;
  readonly values: readonly unknown[];
} {
  const [only] = batch;
  if (only !== undefined && batch.length === 1)
    return { sql: oneRow, values: columns.map(([, , value]): Value => value(only)) };
  return { sql: manyRows, values: columns.map((column) => arrayOf(column, batch)) };
}

const oneRow = `(select ${columns.map(([name, type], index) => `$${index + 2}::${type} as ${name}`).join(", ")}) as i`;
const manyRows = `unnest(${columns.map(([, type], index) => `$${index + 2}::${type}[]`).join(", ")})
    as i(${columns.map(([name]) => name).join(", ")})`;

/** How many parameters come before those of `headRows` and are its own. */
export const headParameters: number = 1 + columns.length;

function arrayOf([, type, value]: Column, batch: readonly PendingCommit[]): Buffer {
  if (type === "text") return textArray(batch.map(value));
  if (type === "boolean") return boolArray(batch.map(value));
  const numbers = batch.map(value);
  return type === "integer" ? intArray(numbers) : bigintArray(numbers);
}
