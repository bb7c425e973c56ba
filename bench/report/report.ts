import type { Machine } from "./describe-machine.ts";
import type { Row } from "./row.ts";

/** What `--json` writes. */
export interface Report extends Machine {
  readonly rows: readonly (Row & { readonly benchmark: string; readonly ok: boolean | null })[];
}

/** @throws when the report has no such number, because its benchmark was left out or its sizes were others */
export function numberIn(report: Report, benchmark: string, what: string): Row {
  const found = report.rows.find((row) => row.benchmark === benchmark && row.what === what);
  if (found === undefined) throw new Error(`the report has no "${what}" of "${benchmark}"`);
  return found;
}

/** The names that a row's `what` has before and after a given text, in their order and once each. */
export function namesIn(report: Report, benchmark: string, pattern: RegExp): readonly string[] {
  const found = report.rows.flatMap((row) =>
    row.benchmark === benchmark ? (pattern.exec(row.what)?.[1] ?? []) : [],
  );
  return [...new Set(found)];
}
