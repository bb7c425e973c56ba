import type { LedgerRecord, RunState } from "@abstractruntime/core/store";

const plain =
  /^(?:(?:run\/)?vars|changes\/\d+)\/_limits(?:\/|$)|^(?:run\/)?wait(?:ing)?\/details\/sub_run_id$/;

/**
 * Whether values at this path stay as they are: budgets, since folding a record adds to them, and the id of the child that
 * a run waits for.
 */
export function isPlain(path: string): boolean {
  // Most paths have neither word; looking for them is cheaper.
  return (path.includes("_limits") || path.endsWith("sub_run_id")) && plain.test(path);
}

/** The path of a record's value, by where it goes: a result that goes to the budgets stays as it is, too. */
export function pathOf(record: LedgerRecord, before: RunState | undefined, path: string): string {
  if (path !== "result") return path;
  const key = resultKeyOf(record, before);
  return key === "_limits" || key?.startsWith("_limits.") === true ? "vars/_limits" : path;
}

function resultKeyOf(record: LedgerRecord, before: RunState | undefined): string | null {
  if (record.kind === "completed") return record.resultKey;
  if (record.kind === "settled") return before?.pending?.effect.resultKey ?? null;
  return before?.waiting?.resultKey ?? null;
}
