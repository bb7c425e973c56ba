import { styleText } from "node:util";
import type { LedgerRecord } from "@abstractruntime/core";
import Table from "cli-table3";
import { printable } from "./printable.ts";

/** Longer ledgers are shown in parts. */
const MAX_ROWS = 100;
/** Rows around what is out of the ordinary; twice as many at the beginning and the end. */
const NEAR = 6;
const ordinary = new Set(["begun", "completed"]);

/** A ledger for people: one record a row. Of a long one, only what is near its ends and near what is out of the ordinary. */
export function ledgerTable(ledger: readonly LedgerRecord[]): string {
  const table = new Table({
    head: ["seq", "commit", "node", "record", "effect", "attempt", "what"],
    style: { head: [], border: [], compact: true },
    colAligns: ["right", "right"],
  });
  const shown = ledger.filter((_, index) => isShown(ledger, index));
  let before = 0;
  for (const record of shown) {
    if (record.seq > before + 1)
      table.push([{ colSpan: 7, content: `… ${record.seq - before - 1} more` }]);
    before = record.seq;
    table.push(row(record));
  }
  return table.toString();
}

function isShown(ledger: readonly LedgerRecord[], index: number): boolean {
  if (ledger.length <= MAX_ROWS) return true;
  const near = ledger.slice(Math.max(0, index - NEAR), index + NEAR + 1);
  const isNearAnEnd = index < 2 * NEAR || index >= ledger.length - 2 * NEAR;
  return isNearAnEnd || near.some(({ kind }) => !ordinary.has(kind));
}

function row(record: LedgerRecord): string[] {
  const cells = [
    String(record.seq),
    String(record.revision),
    record.nodeId,
    record.kind,
    "effectType" in record ? record.effectType : "",
    "attempt" in record ? String(record.attempt) : "",
    shorten(printable(what(record))),
  ];
  return ordinary.has(record.kind) ? cells : cells.map((cell) => emphasise(record, cell));
}

function emphasise({ kind }: LedgerRecord, cell: string): string {
  return styleText(kind === "interrupted" ? "red" : "bold", cell, { stream: process.stdout });
}

/** What a record is about, in a few words. */
function what(record: LedgerRecord): string {
  switch (record.kind) {
    case "created":
      return `workflow ${record.workflowId}`;
    case "begun":
    case "ready":
      return subject(record.intent?.effect.payload ?? {});
    case "interrupted":
      return "its process was killed";
    case "completed":
      return `its result is vars.${record.resultKey}`;
    case "failed":
      return record.error.message;
    case "waiting":
      return record.wait.prompt ?? "";
    case "answered":
      return JSON.stringify(record.result);
    case "ended":
      return record.status;
    case "cancelled":
      return record.reason;
    case "gated":
      return record.gate;
    case "settled":
      return record.verdict;
    case "refused":
      return record.reason.message;
    case "forked":
      return `from ${record.origin.runId}`;
    case "entered":
    case "migrated":
      return record.workflowVersion ?? "";
    case "adopted":
    case "branched":
    case "late":
    case "limits":
    case "moved":
    case "paused":
    case "timed_out":
    case "unpaused":
      return "";
    default:
      return record satisfies never;
  }
}

function subject({ path }: { readonly path?: unknown }): string {
  return typeof path === "string" ? path : "";
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 28)} … ${text.slice(-28)}`;
}
