import { type Bar, meetsBar, type Row } from "./row.ts";

const headings = ["what", "measured", "bar", "", ""];

/** Rows as a table for people. */
export function renderTable(title: string, rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    `${renderNumber(row.value)} ${row.unit}`.trim(),
    row.bar === undefined ? "" : renderBar(row.bar),
    { true: "ok", false: "MISSED", undefined: "" }[`${meetsBar(row)}`] ?? "",
    row.note ?? "",
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lines = [headings, ...cells].map((line) =>
    line
      .map((cell, column) =>
        (column === 1 ? cell.padStart : cell.padEnd).call(cell, widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

function renderBar({ atLeast, atMost }: Bar): string {
  return atLeast === undefined
    ? `<= ${renderNumber(atMost ?? NaN)}`
    : `>= ${renderNumber(atLeast)}`;
}

function renderNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}
